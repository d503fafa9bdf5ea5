import { aciq } from './aciq.ts';
import { enhanced } from './enhanced.ts';
import { kl } from './kl.ts';
import { minMax } from './min-max.ts';
import { mse } from './mse.ts';
import { percentile } from './percentile.ts';
import type { RangeMethod } from './range-method.ts';

/** Every range method by the name that `quantgate.yml` uses. Whatever offers or compares them reads this list. */
export const rangeMethods = {
  'min-max': minMax,
  percentile,
  kl,
  mse,
  aciq,
  enhanced,
} satisfies Record<string, RangeMethod>;
export type RangeMethodName = keyof typeof rangeMethods;

export const rangeMethodNames = Object.keys(rangeMethods) as [RangeMethodName, ...RangeMethodName[]];
