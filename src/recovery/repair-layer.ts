import type { RepairStep } from '../config/repair-steps.ts';
import { dequantizeValue, type QuantParams, type RoundedGrid } from '../numerics/grid.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import { adaround } from './adaround.ts';
import { coordinateDescent } from './coordinate-descent.ts';
import { gptq } from './gptq.ts';
import type { Products } from './gram.ts';
import { clippedParams, sharedParams } from './input-clip.ts';
import type { InputMoments } from './layer-sight.ts';
import type { LinearForm } from './linear-form.ts';
import { nearestCodes, type RowProblem, rowNoise, rowValues } from './row-problem.ts';

/** A layer to be repaired, with what it reads. */
export interface Repairable {
  readonly form: LinearForm;
  /** The FP32 weight. */
  readonly weight: Float32Array;
  /** The FP32 bias, one value for each output channel; undefined where there is none that could be corrected. */
  readonly bias: Float32Array | undefined;
  readonly chosen: WeightParameters;
  readonly onto: RoundedGrid;
  /** Of the samples that repair, one for each group. */
  readonly repairing: readonly InputMoments[];
  /** Of samples kept apart, which decide whether a step helps. */
  readonly apart: readonly InputMoments[];
}

/** What was made of a layer. */
export interface RepairedLayer {
  readonly weight: WeightParameters;
  /** Undefined where the bias stays as it is. */
  readonly bias: Float32Array | undefined;
  /** The steps that lowered the noise of the layer's output on the samples kept apart. */
  readonly taken: readonly RepairStep[];
}

/** Codes of each group, [rows, depth], with the parameters of each row, and what is added to the bias of each row. */
interface State {
  readonly codes: readonly Int32Array[];
  readonly params: readonly (readonly QuantParams[])[];
  readonly shifts: readonly Float64Array[];
}

/** Below this width the range of a weight is worth being chosen by what the layer reads. */
const CLIPPED_BELOW_BITS = 8;

/** The factor of a matrix takes the cube of its depth in time: beyond this one, coordinate descent rounds. */
const DEEPEST_FACTOR = 2304;

/** Repairs one layer by steps in their order; each is kept only if it lowers the output noise on the samples kept apart. */
export async function repairLayer(
  layer: Repairable,
  steps: readonly RepairStep[],
  products: Products,
): Promise<RepairedLayer> {
  const { chosen, bias } = layer;
  const correctsBias = steps.includes('correct-bias') && bias !== undefined;
  let state: State = asChosen(layer);
  let noise = noiseOf(layer, state, layer.apart);
  const taken: RepairStep[] = [];
  for (const step of steps) {
    const next = await afterStep(layer, state, { step, correctsBias }, products);
    if (next === undefined) continue;
    // What is rounded for a bias that is corrected after it is only as good as both.
    const judged = step !== 'correct-bias' && correctsBias ? withShifts(layer, next) : next;
    const after = noiseOf(layer, judged, layer.apart);
    if (!(after < noise)) continue;
    state = judged;
    noise = after;
    taken.push(step);
  }
  return { weight: { ...chosen, ...weightOf(layer, state) }, bias: biasOf(layer, state), taken };
}

function asChosen(layer: Repairable): State {
  const { form, chosen } = layer;
  const params = Array.from({ length: form.groups }, (_, group) =>
    Array.from({ length: form.rows }, (_, row) => paramsOf(chosen, form, group, row)),
  );
  const codes = params.map((_, group) => nearestCodes(problemOf(layer, params[group], group, 'whole')));
  return { codes, params, shifts: params.map(() => new Float64Array(form.rows)) };
}

function paramsOf({ params }: WeightParameters, { channels, rows }: LinearForm, group: number, row: number) {
  return params.length === 1 ? params[0] : params[channels[group * rows + row]];
}

/** `centred`: without what a bias takes up. */
function problemOf(
  { form, weight, onto, repairing }: Repairable,
  params: readonly QuantParams[],
  group: number,
  kind: 'whole' | 'centred',
  moments: readonly InputMoments[] = repairing,
): RowProblem {
  const { rows, depth, places } = form;
  const first = group * rows * depth;
  const weights = Float64Array.from({ length: rows * depth }, (_, i) => weight[places[first + i]]);
  const { h, k, mean, quantizedMean } = moments[group];
  return kind === 'whole'
    ? { rows, depth, weights, params, onto, h, k }
    : {
        rows,
        depth,
        weights,
        params,
        onto,
        h: withoutMeans(h, quantizedMean, quantizedMean),
        k: withoutMeans(k, mean, quantizedMean),
      };
}

function withoutMeans(moments: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
  const depth = left.length;
  return moments.map((value, i) => value - left[Math.floor(i / depth)] * right[i % depth]);
}

/** The state after a step; undefined for one that does nothing to a layer. */
async function afterStep(
  layer: Repairable,
  state: State,
  { step, correctsBias }: { readonly step: RepairStep; readonly correctsBias: boolean },
  products: Products,
): Promise<State | undefined> {
  if (step === 'correct-bias') return correctsBias ? withShifts(layer, state) : undefined;
  if (step !== 'round' && step !== 'gptq' && step !== 'adaround') return undefined;
  const kind = correctsBias ? 'centred' : 'whole';
  const problemsWith = (params: State['params']) =>
    params.map((each, group) => problemOf(layer, each, group, kind));
  const roundAll = async (params: State['params'], starts: State['codes']): Promise<State> => {
    const problems = problemsWith(params);
    const codes: Int32Array[] = [];
    for (const [group, problem] of problems.entries())
      codes.push(await rounded(problem, step, starts[group], products));
    return { ...state, params, codes };
  };
  const asTheyAre = await roundAll(state.params, state.codes);
  if (layer.onto.grid.bits >= CLIPPED_BELOW_BITS) return asTheyAre;
  const clipped = clippedOf(layer, problemsWith(state.params));
  if (clipped === undefined) return asTheyAre;
  const other = await roundAll(clipped, problemsWith(clipped).map(nearestCodes));
  const onRepairing = (each: State) =>
    noiseOf(layer, correctsBias ? withShifts(layer, each) : each, layer.repairing);
  return onRepairing(other) < onRepairing(asTheyAre) ? other : asTheyAre;
}

/** @param start codes that the steps before have left */
async function rounded(
  problem: RowProblem,
  step: 'round' | 'gptq' | 'adaround',
  start: Int32Array,
  products: Products,
) {
  if (step === 'round' || (step === 'gptq' && problem.depth > DEEPEST_FACTOR))
    return coordinateDescent(problem, start);
  if (step === 'gptq') return gptq(problem);
  const h = Float32Array.from(problem.h);
  return adaround(problem, {
    start,
    multiply: (values) => products.times(values, h, problem.rows),
  });
}

/** Ranges by what the layer reads; undefined where groups share channels, and with them their scales. */
function clippedOf(
  { form, chosen }: Repairable,
  problems: readonly RowProblem[],
): State['params'] | undefined {
  if (chosen.params.length === 1) {
    const shared = sharedParams(problems);
    return problems.map(({ rows }) => new Array<QuantParams>(rows).fill(shared));
  }
  if (form.groups * form.rows !== chosen.params.length) return undefined;
  return problems.map((problem) => clippedParams(problem, false));
}

/** With what the mean of each output channel is off by, after its rounding. */
function withShifts(layer: Repairable, state: State): State {
  const shifts = state.codes.map((codes, group) => {
    const problem = problemOf(layer, state.params[group], group, 'whole');
    return meanError(problem, rowValues(problem, codes), layer.repairing[group]);
  });
  return { ...state, shifts };
}

/** w·E[x] − ŵ·E[x̂] of each row. */
function meanError(
  { weights, rows, depth }: RowProblem,
  values: Float64Array,
  { mean, quantizedMean }: InputMoments,
): Float64Array {
  const errors = new Float64Array(rows);
  for (let row = 0, i = 0; row < rows; row++)
    for (let d = 0; d < depth; d++, i++) errors[row] += weights[i] * mean[d] - values[i] * quantizedMean[d];
  return errors;
}

/** Noise power of the outputs, summed over the channels, but for a constant: E(ŵx̂ + δ − wx)² − E(wx)². */
function noiseOf(layer: Repairable, state: State, moments: readonly InputMoments[]): number {
  let sum = 0;
  state.codes.forEach((codes, group) => {
    const problem = problemOf(layer, state.params[group], group, 'whole', moments);
    const errors = meanError(problem, rowValues(problem, codes), moments[group]);
    rowNoise(problem, codes).forEach((noise, row) => {
      const shift = state.shifts[group][row];
      sum += noise - 2 * shift * errors[row] + shift * shift;
    });
  });
  return sum;
}

function weightOf(
  { form, chosen }: Repairable,
  { codes, params }: State,
): Pick<WeightParameters, 'data' | 'params'> {
  const { groups, rows, depth, places, channels } = form;
  const data = new Float32Array(places.length);
  const ofChannels = [...chosen.params];
  for (let group = 0, i = 0; group < groups; group++) {
    for (let row = 0; row < rows; row++) {
      const own = params[group][row];
      ofChannels[ofChannels.length === 1 ? 0 : channels[group * rows + row]] = own;
      for (let d = 0; d < depth; d++, i++)
        data[places[i]] = dequantizeValue(codes[group][row * depth + d], own);
    }
  }
  return { data, params: ofChannels };
}

function biasOf({ bias, form }: Repairable, { shifts }: State): Float32Array | undefined {
  if (bias === undefined || shifts.every((each) => each.every((shift) => shift === 0))) return undefined;
  return bias.map((b, channel) => b + shifts[Math.floor(channel / form.rows)][channel % form.rows]);
}
