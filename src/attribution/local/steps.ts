import type { Shares } from '../attribution.ts';

/** A step of the walk from a unit's FP32 output to its quantized one. */
export type Step = keyof Shares;

/** In the order of the walk. */
export const steps: readonly Step[] = [
  'activationClip',
  'activationRound',
  'weightClip',
  'weightRound',
  'output',
];
