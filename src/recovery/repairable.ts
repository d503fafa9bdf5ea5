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

/** Places for each input of a layer, below which what they say of two inputs together is luck in part. */
const ENOUGH = 2;

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
  const { h, k, mean, quantizedMean, places } = repairing[group];
  const [left, right] =
    kind === 'whole'
      ? [h, k]
      : [withoutMeans(h, quantizedMean, quantizedMean), withoutMeans(k, mean, quantizedMean)];
  const seen = Math.min(places / (ENOUGH * depth), 1);
  return {
    rows,
    depth,
    weights: weightsOf(layer, group),
    params,
    onto,
    h: shrunk(left, depth, seen),
    k: shrunk(right, depth, seen),
  };
}

function withoutMeans(moments: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
  const depth = right.length;
  const centred = moments.slice();
  for (let row = 0, i = 0; row < left.length; row++)
    for (let d = 0; d < depth; d++, i++) centred[i] -= left[row] * right[d];
  return centred;
}

/** With less beside the diagonal: of fewer samples than inputs, moments make errors seem to cancel that do not. */
function shrunk(moments: Float64Array, depth: number, kept: number): Float64Array {
  return kept < 1 ? moments.map((value, i) => (i % (depth + 1) === 0 ? value : kept * value)) : moments;
}
