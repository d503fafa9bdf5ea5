import type { RepairStep } from '../config/repair-steps.ts';
import { dequantizeValue, type QuantParams } from '../numerics/grid.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import { adaround } from './adaround.ts';
import { coordinateDescent } from './coordinate-descent.ts';
import { gptq } from './gptq.ts';
import type { Products } from './gram.ts';
import { clippedParams, sharedParams } from './input-clip.ts';
import type { LinearForm } from './linear-form.ts';
import { type LayerValues, meanErrors, type NoiseMeter, noiseMeter } from './noise-meter.ts';
import { type Repairable, roundingProblem, weightsOf } from './repairable.ts';
import { nearestCodes, type RowProblem, rowValues } from './row-problem.ts';

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

/** Of the samples that repair, and of those kept apart. */
interface Meters {
  readonly repairing: NoiseMeter;
  readonly apart: NoiseMeter;
}

/** Repairs one layer by steps in their order; each is kept only if it lowers the output noise on the samples kept apart. */
export async function repairLayer(
  layer: Repairable,
  steps: readonly RepairStep[],
  products: Products,
): Promise<RepairedLayer> {
  const { bias } = layer;
  const correctsBias = steps.includes('correct-bias') && bias !== undefined;
  let state: State = asChosen(layer);
  const meters = await metersOf(layer, products);
  let noise = await meters.apart(valuesOf(layer, state));
  const taken: RepairStep[] = [];
  for (const step of steps) {
    const next = await afterStep(layer, state, { step, correctsBias, meters }, products);
    if (next === undefined) continue;
    // What is rounded for a bias that is corrected after it is only as good as both.
    const judged = step !== 'correct-bias' && correctsBias ? withShifts(layer, next) : next;
    const after = await meters.apart(valuesOf(layer, judged));
    if (!(after < noise)) continue;
    state = judged;
    noise = after;
    taken.push(step);
  }
  const corrected = biasOf(layer, state);
  // A rounding that was taken together with the bias that is corrected after it has taken both.
  const isTaken = (step: RepairStep) =>
    taken.includes(step) || (step === 'correct-bias' && corrected !== undefined);
  return {
    weight: weightOf(layer, state),
    bias: corrected,
    taken: steps.filter(isTaken),
  };
}

async function metersOf(layer: Repairable, products: Products): Promise<Meters> {
  const { form, repairing, apart } = layer;
  const weights = Array.from({ length: form.groups }, (_, group) => weightsOf(layer, group));
  return {
    repairing: await noiseMeter(weights, form.rows, repairing, products),
    apart: await noiseMeter(weights, form.rows, apart, products),
  };
}

function valuesOf({ form: { depth } }: Repairable, { codes, params, shifts }: State): LayerValues {
  const weights = codes.map((each, group) => rowValues({ depth, params: params[group] }, each));
  return { weights, shifts };
}

function asChosen(layer: Repairable): State {
  const { form, chosen } = layer;
  const params = Array.from({ length: form.groups }, (_, group) =>
    Array.from({ length: form.rows }, (_, row) => paramsOf(chosen, form, group, row)),
  );
  const codes = params.map((_, group) => nearestCodes(roundingProblem(layer, params[group], group, 'whole')));
  return { codes, params, shifts: params.map(() => new Float64Array(form.rows)) };
}

function paramsOf({ params }: WeightParameters, { channels, rows }: LinearForm, group: number, row: number) {
  return params.length === 1 ? params[0] : params[channels[group * rows + row]];
}

interface StepOptions {
  readonly step: RepairStep;
  readonly correctsBias: boolean;
  readonly meters: Meters;
}

/** The state after a step; undefined for one that does nothing to a layer. */
async function afterStep(
  layer: Repairable,
  state: State,
  { step, correctsBias, meters }: StepOptions,
  products: Products,
): Promise<State | undefined> {
  if (step === 'correct-bias') return correctsBias ? withShifts(layer, state) : undefined;
  if (step !== 'round' && step !== 'gptq' && step !== 'adaround') return undefined;
  const kind = correctsBias ? 'centred' : 'whole';
  const problemsWith = (params: State['params']) =>
    params.map((each, group) => roundingProblem(layer, each, group, kind));
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
    meters.repairing(valuesOf(layer, correctsBias ? withShifts(layer, each) : each));
  return (await onRepairing(other)) < (await onRepairing(asTheyAre)) ? other : asTheyAre;
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
  { form, chosen, leastScales }: Repairable,
  problems: readonly RowProblem[],
): State['params'] | undefined {
  const fitting = (next: QuantParams, present: QuantParams, channel: number) =>
    next.scale >= (leastScales?.[channel] ?? 0) ? next : present;
  if (chosen.params.length === 1) {
    const shared = fitting(sharedParams(problems), problems[0].params[0], 0);
    return problems.map(({ rows }) => new Array<QuantParams>(rows).fill(shared));
  }
  const { groups, rows, channels } = form;
  if (groups * rows !== chosen.params.length) return undefined;
  return problems.map((problem, group) =>
    clippedParams(problem, false).map((next, row) =>
      fitting(next, problem.params[row], channels[group * rows + row]),
    ),
  );
}

/** With what the mean of each output channel is off by, after its rounding. */
function withShifts(layer: Repairable, state: State): State {
  const shifts = state.codes.map((codes, group) => {
    const values = rowValues({ depth: layer.form.depth, params: state.params[group] }, codes);
    return meanErrors(weightsOf(layer, group), values, layer.repairing[group]);
  });
  return { ...state, shifts };
}

function weightOf({ form, chosen }: Repairable, { codes, params }: State): WeightParameters {
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
  const { grid, dims, axis, blocks } = chosen;
  return { grid, dims, axis, ...(blocks && { blocks }), data, params: ofChannels };
}

function biasOf({ bias, form }: Repairable, { shifts }: State): Float32Array | undefined {
  if (bias === undefined || shifts.every((each) => each.every((shift) => shift === 0))) return undefined;
  return bias.map((b, channel) => b + shifts[Math.floor(channel / form.rows)][channel % form.rows]);
}
