import type { QuantParams, RoundedGrid } from '../numerics/grid.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import type { InputMoments } from './layer-sight.ts';
import type { LinearForm } from './linear-form.ts';
import type { RowProblem } from './row-problem.ts';

/** A layer to be repaired, with what it reads. */
export interface Repairable {
  readonly form: LinearForm;
  /** The FP32 weight. */
  readonly weight: Float32Array;
  /** The FP32 bias, one value for each output channel; undefined where there is none that could be corrected. */
  readonly bias: Float32Array | undefined;
  readonly chosen: WeightParameters;
  /** One for each of its parameters, with which the bias still fits its integers; undefined where any scale does. */
  readonly leastScales?: Float64Array | undefined;
  readonly onto: RoundedGrid;
  /** Of the samples that repair, one for each group. */
  readonly repairing: readonly InputMoments[];
  /** Of samples kept apart, which decide whether a step helps. */
  readonly apart: readonly InputMoments[];
}

/** The FP32 weights of a group, [rows, depth]. */
export function weightsOf(
  { form: { rows, depth, places }, weight }: Repairable,
  group: number,
): Float64Array {
  const first = group * rows * depth;
  return Float64Array.from({ length: rows * depth }, (_, i) => weight[places[first + i]]);
}

/**
 * The rounding of a group's weights, by the samples that repair.
 *
 * @param params one for each row
 * @param kind `centred`: without what a bias takes up
 */
export function roundingProblem(
  layer: Repairable,
  params: readonly QuantParams[],
  group: number,
  kind: 'whole' | 'centred',
): RowProblem {
  const { form, onto, repairing } = layer;
  const { rows, depth } = form;
  const { h, k, mean, quantizedMean } = repairing[group];
  const moments =
    kind === 'whole'
      ? { h, k }
      : { h: withoutMeans(h, quantizedMean, quantizedMean), k: withoutMeans(k, mean, quantizedMean) };
  return { rows, depth, weights: weightsOf(layer, group), params, onto, ...moments };
}

function withoutMeans(moments: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
  const depth = right.length;
  const centred = moments.slice();
  for (let row = 0, i = 0; row < left.length; row++)
    for (let d = 0; d < depth; d++, i++) centred[i] -= left[row] * right[d];
  return centred;
}
