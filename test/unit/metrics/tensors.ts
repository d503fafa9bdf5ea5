import type { Outputs } from '../../../src/metrics/metric.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';

/** A float32 tensor, flat unless `dims` are given. */
export function tensor(values: readonly number[], dims: readonly number[] = [1, values.length]): Tensor {
  return { type: 'float32', dims, data: Float32Array.from(values) };
}

/** The outputs of a model with one output. */
export function outputs(values: readonly number[], dims?: readonly number[]): Outputs {
  return { y: tensor(values, dims) };
}

export function tokens(ids: readonly bigint[]): Tensor {
  return { type: 'int64', dims: [1, ids.length], data: BigInt64Array.from(ids) };
}
