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

/** What each of them does, for people. */
const meanings: Readonly<Record<RepairStep, string>> = {
  equalize:
    'gives each channel between two layers one size in the weights of both, which one scale for a tensor needs',
  'absorb-bias': 'moves what a Relu never cuts off into the bias of the layer behind it',
  smooth: 'moves outliers behind a LayerNormalization into the weights that read them (SmoothQuant)',
  'correct-bias': 'takes the mean error of each output channel out of its bias',
  round: 'rounds the weights of a layer for its output, one after the other (coordinate descent)',
  gptq: 'rounds them in order, and spreads the error of each over those that are left',
  adaround: 'learns for each weight whether it is rounded up or down; the slowest',
};

export const recipeWords = [
  'What repairs the model for this target, from the calibration samples alone, in the order given.',
  ...repairSteps.map((step) => `- \`${step}\`: ${meanings[step]}.`),
].join('\n');

/** Whether a step chooses integers other than the nearest, which floating-point codes are not. */
export function roundsIntegers(step: RepairStep): boolean {
  return step === 'round' || step === 'gptq' || step === 'adaround';
}
