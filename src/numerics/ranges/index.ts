import { aciq } from './aciq.ts';
import { enhanced } from './enhanced.ts';
import { kl } from './kl.ts';
import { minMax } from './min-max.ts';
import { mse } from './mse.ts';
import { percentile } from './percentile.ts';
import type { RangeMethod } from './range-method.ts';

export type { RangeMethod, RangeOptions } from './range-method.ts';

export type RangeMethodName = 'min-max' | 'percentile' | 'kl' | 'mse' | 'aciq' | 'enhanced';

export const rangeMethods: Readonly<Record<RangeMethodName, RangeMethod>> = {
  'min-max': minMax,
  percentile,
  kl,
  mse,
  aciq,
  enhanced,
};
