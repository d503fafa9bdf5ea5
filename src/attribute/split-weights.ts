import type { WeightParameters } from '../emulate/parameters.ts';
import type { Tensor } from '../numerics/tensor.ts';

/** What becomes of a weight on its way to a grid, in its own layout. */
export interface SplitWeight {
  /** clip(W) − W; undefined where nothing is clipped. */
  readonly clipError: Tensor | undefined;
  /** Ŵ − clip(W). */
  readonly roundError: Tensor;
  /** Ŵ. */
  readonly rounded: Tensor;
}

/** @param real float32 values of the weight */
export function splitWeight(real: Float32Array, weights: WeightParameters): SplitWeight {
  const { dims, axis, params, data } = weights;
  const inner = axis === null ? 1 : dims.slice(axis + 1).reduce((product, d) => product * d, 1);
  const clipped = real.map((w, i) => {
    const { alpha, beta } = params[axis === null ? 0 : Math.floor(i / inner) % params.length];
    return Math.min(Math.max(w, alpha), beta);
  });
  const difference = (a: Float32Array, b: Float32Array): Tensor => ({
    type: 'float32',
    dims,
    data: a.map((x, i) => x - b[i]),
  });
  const clipError = difference(clipped, real);
  return {
    clipError: (clipError.data as Float32Array).some((x) => x !== 0) ? clipError : undefined,
    roundError: difference(data, clipped),
    rounded: { type: 'float32', dims, data },
  };
}
