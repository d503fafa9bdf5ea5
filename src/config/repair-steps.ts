/** What can be done to a model or a layer, in the order in which people write it. */
export const repairSteps = [
  'equalize',
  'absorb-bias',
  'smooth',
  'correct-bias',
  'round',
  'gptq',
  'adaround',
] as const;

export type RepairStep = (typeof repairSteps)[number];

/** Whether a step chooses integers other than the nearest, which floating-point codes are not. */
export function roundsIntegers(step: RepairStep): boolean {
  return step === 'round' || step === 'gptq' || step === 'adaround';
}
