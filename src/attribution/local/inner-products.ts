import type { Batch } from '../../data/batch.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { addNode, type Draft, sharedConstant } from '../../onnx/draft.ts';

/** A sum that a graph gives out in parts: one for each row of the batch, in units of `scale`. */
export interface Sum {
  readonly rows: string;
  /** Undefined where the unit is 1. */
  readonly scale: string | undefined;
}

/** ReduceSum takes its axes as an input from this opset on. */
const AXES_INPUT_OPSET = 13;

/** Stands for a scale of zero: anything below it is zero on every chip. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Sums over all but the first axis, so that rows that only fill up a batch can be left out later.
 *
 * @param rank undefined where it is not known; such a tensor is no scalar
 */
export function rowSums(draft: Draft, tensor: string, rank: number | undefined): string {
  const flat = addNode(draft, 'Flatten', [tensor], `${tensor}/flat`, { axis: rank === 0 ? 0 : 1 });
  const output = `${tensor}/sum`;
  if (draft.opset < AXES_INPUT_OPSET)
    return addNode(draft, 'ReduceSum', [flat], output, { axes: [1], keepdims: 0 });
  const second = { type: 'int64', dims: [1], data: BigInt64Array.of(1n) } as const;
  const axes = sharedConstant(draft, 'quantgate/axes', second);
  return addNode(draft, 'ReduceSum', [flat, axes], output, { keepdims: 0 });
}

/** A tensor that inner products are taken with. */
export interface RankedTensor {
  readonly tensor: string;
  /** Number of its dimensions; undefined where it is not known. */
  readonly rank: number | undefined;
}

/**
 * ⟨step, whole⟩ of each of `steps`. The squares of a signal of 1e-25 underflow in float32 and those of 1e25 overflow, so
 * `whole` is taken in units of its own Σ|values|.
 *
 * @param steps may broadcast to `whole`
 */
export function innerProducts(
  draft: Draft,
  steps: readonly string[],
  whole: RankedTensor,
  name: string,
): Sum[] {
  const smallest = { type: 'float32', dims: [], data: Float32Array.of(SMALLEST_NORMAL) } as const;
  const least = sharedConstant(draft, 'quantgate/least', smallest);
  const total = addNode(draft, 'ReduceL1', [whole.tensor], `${name}/total`, { keepdims: 0 });
  const scale = addNode(draft, 'Max', [total, least], `${name}/unit`);
  const inUnits = addNode(draft, 'Div', [whole.tensor, scale], `${name}/in-units`);
  return steps.map((step, i) => {
    const product = addNode(draft, 'Mul', [inUnits, step], `${name}/product-${i}`);
    return { rows: rowSums(draft, product, whole.rank), scale };
  });
}

/** A sum over the samples of a batch; rows that only fill it up are left out. */
export function readSum(
  { rows, scale }: Sum,
  results: Readonly<Record<string, Tensor>>,
  batch: Batch,
): number {
  const parts = results[rows].data as Float32Array;
  const unit = scale === undefined ? 1 : Number(results[scale].data[0]);
  return unit * parts.subarray(0, realRows(parts.length, batch)).reduce((sum, part) => sum + part, 0);
}

/** How many of `rows` rows of a tensor belong to samples; all of them where its rows are not the batch's. */
export function realRows(rows: number, batch: Batch): number {
  return rows === batch.size ? batch.indices.length : rows;
}

/** Names of the graph outputs that a sum is read from. */
export function outputsOf({ rows, scale }: Sum): string[] {
  return scale === undefined ? [rows] : [rows, scale];
}
