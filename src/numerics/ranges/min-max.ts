import type { RangeMethod } from './range-method.ts';

/** The exact extremes: no clip error, and a step that one outlier can ruin. */
export const minMax: RangeMethod = {
  fitsAll: true,
  range: (h) => (h.total === 0 ? { alpha: 0, beta: 0 } : { alpha: h.min, beta: h.max }),
};
