import { type Counted, collectHistograms } from '../calibration/histograms.ts';
import type { RepairStep } from '../config/repair-steps.ts';
import type { Batch } from '../data/batch.ts';
import type { Histogram } from '../numerics/histogram.ts';
import { type Planned, planModel } from '../quantization/planned.ts';
import { type Quantized, quantize, withRanges } from '../quantization/quantized.ts';
import { type RepairedLayers, type RepairSamples, repairLayers } from '../recovery/repair.ts';
import { rewrittenBySteps } from '../recovery/rewrite-steps.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { elementsOfRun } from './batch-size.ts';
import type { Context, PlannedTarget, Prepared } from './prepare.ts';
import { timed } from './progress.ts';

/** What a target is repaired from. */
export interface RepairInput {
  /** Of the activations of the model as it is. */
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly samples: RepairSamples;
  /** Of the stage that people see. */
  readonly name: string;
}

/** A step of a recipe that changed something. */
export interface TakenStep {
  readonly step: RepairStep;
  /** How many layers it helped; undefined for one that rewrites the model. */
  readonly layers?: number;
}

/** A quantized and repaired model, with the histograms of its activations. */
export interface RepairedTarget {
  readonly quantized: Quantized;
  readonly histograms: ReadonlyMap<string, Histogram>;
  /** In the order of the recipe. */
  readonly taken: readonly TakenStep[];
}

/**
 * Quantizes a model for a target and repairs it by the recipe of its config, from calibration samples alone. The same
 * samples give the same bits, on one runner or on many.
 */
export async function repairTarget(
  prepared: Prepared,
  target: PlannedTarget,
  { histograms: known, samples, name }: RepairInput,
  context: Context,
): Promise<RepairedTarget> {
  const { runtime, signal } = context;
  const { recipe, layers, ranges } = target.config;
  const batches = [...samples.repairing, ...samples.apart];
  const beside = { pinned: new Set(ranges.keys()), shaped: prepared.shaped, batches, runtime };
  const { model, changed, tied, taken } = await rewrittenBySteps(target.model, recipe, beside);
  const planned = withTiedBits(
    model === target.model ? target : planModel(model, target.scheme, layers),
    tied,
  );
  const unknown = [...planned.plan.activations.keys()].filter(
    (tensor) => (changed.has(tensor) || !known.has(tensor)) && !model.view.initializers.has(tensor),
  );
  const counted = { tensors: unknown, elements: elementsOfRun(prepared) };
  const histograms = new Map([...known, ...(await histogramsOf(model, counted, batches, context))]);
  const quantized = withTiedRanges(quantize(planned, histograms, ranges), tied);
  if (recipe.length === 0) return { quantized, taken: [], histograms };
  const stage = `${prepared.config.name}/${name}`;
  const repaired = await timed(
    stage,
    planned.plan.layers.length,
    context,
    (advance) => repairLayers(quantized, recipe, samples, runtime, { signal, advance }),
    { things: 'layers' },
  );
  return { quantized: repaired.quantized, taken: takenSteps(recipe, taken, repaired), histograms };
}

function takenSteps(
  recipe: readonly RepairStep[],
  rewriting: readonly RepairStep[],
  { taken }: RepairedLayers,
): TakenStep[] {
  const ofLayers = [...taken.values()].flat();
  return recipe.flatMap((step): TakenStep[] => {
    const layers = ofLayers.filter((each) => each === step).length;
    if (layers > 0) return [{ step, layers }];
    return rewriting.includes(step) ? [{ step }] : [];
  });
}

async function histogramsOf(
  model: LoadedModel,
  counted: Counted,
  samples: readonly Batch[],
  { runtime }: Context,
): Promise<ReadonlyMap<string, Histogram>> {
  if (counted.tensors.length === 0) return new Map();
  const stream = async function* () {
    yield* samples;
  };
  return collectHistograms(model, counted, stream(), runtime);
}

/** Gives tensors that have to lie on one grid the most bits that are asked for one of them. */
function withTiedBits<P extends Planned>(planned: P, tied: readonly (readonly string[])[]): P {
  const activations = new Map(planned.precision.activations);
  for (const names of tied) {
    const most = Math.max(...names.map((name) => activations.get(name) ?? 0));
    if (most > 0) for (const name of names) activations.set(name, most);
  }
  return { ...planned, precision: { ...planned.precision, activations } };
}

/** Gives tensors that have to lie on one grid the range of the first of them. */
function withTiedRanges(quantized: Quantized, tied: readonly (readonly string[])[]): Quantized {
  const { activations } = quantized.parameters;
  const ranges = tied.flatMap(([first, ...others]) => {
    const range = activations.get(first);
    return range === undefined ? [] : others.map((name) => [name, range] as const);
  });
  return ranges.length === 0 ? quantized : withRanges(quantized, new Map(ranges));
}
