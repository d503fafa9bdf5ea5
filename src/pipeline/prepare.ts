import { resolve } from 'node:path';
import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { inputElements } from '../data/batch.ts';
import { quote, UserError } from '../errors.ts';
import { onOutput, resolveMetric } from '../metrics/index.ts';
import type { Metric } from '../metrics/metric.ts';
import { type RandomOperator, randomOperators } from '../onnx/random-operators.ts';
import { type ModelFile, readModel } from '../onnx/read-model.ts';
import { type Place, pathWithin } from '../paths.ts';
import { schemeOfFile } from '../quantization/file-plan.ts';
import { checkFiniteWeights } from '../quantization/finite-weights.ts';
import { type Planned, planModel } from '../quantization/planned.ts';
import { sightOf } from '../quantization/sight.ts';
import { type LoadedModel, loadModel } from '../runtime/load-model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { withSampleShapes } from '../runtime/sample-shapes.ts';
import { targetOf } from '../targets/index.ts';
import { checkMaxDrop, type MaxDrop, parseMaxDrop, parseMinAccuracy } from '../verdict/budget.ts';
import { batchSizeOf } from './batch-size.ts';
import { checkFiles } from './check-files.ts';
import { checkNames, checkOwnNames } from './check-names.ts';
import { type FailedTarget, problemOf } from './failure.ts';
import { openSamples } from './open-samples.ts';
import type { Progress, Times } from './progress.ts';

/** What a run works with beside the config. */
export interface Context {
  readonly place: Place;
  readonly runtime: Runtime;
  readonly progress: Progress;
  readonly times: Times;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A target of the config, and where it quantizes the model. */
export interface PlannedTarget extends Planned {
  readonly config: TargetConfig;
}

/** A model of the config, loaded, with everything about it that needs no data pass. */
export interface Prepared {
  readonly config: ModelConfig;
  readonly model: LoadedModel;
  /** What its loss is measured against: the model itself, or the one that the config names for a quantized one. */
  readonly fp32: LoadedModel;
  readonly metric: Metric;
  /** Names of the model's outputs that the metric reads, the first one first: noise counts where it is judged. */
  readonly readOutputs: readonly string[];
  /** Undefined where any drop is allowed, as below. */
  readonly maxDrop: MaxDrop | undefined;
  readonly maxRegression: MaxDrop | undefined;
  /** In the metric's unit; undefined where there is none. */
  readonly minAccuracy: number | undefined;
  readonly targets: readonly PlannedTarget[];
  /** Those of the config that cannot be planned. */
  readonly unplanned: readonly FailedTarget[];
  /** Every activation that some target quantizes, and what masks are added to, in the order of the graph. */
  readonly observed: readonly string[];
  /** What draws random numbers in the user's model. */
  readonly random: readonly RandomOperator[];
  readonly batchSize: number;
  /** The model with the shapes of its first sample where its own are open. */
  readonly shaped: LoadedModel;
  /** Input values that a batch may hold: those of `batchSize` samples such as the first that calibrates. */
  readonly batchElements: number;
}

/** @throws UserError for a file that is not there, and everything in the config that contradicts the model */
export async function prepare(config: ModelConfig, context: Context): Promise<Prepared> {
  await checkFiles(config, context.place);
  const metric = await resolveMetric(config.evaluation.metric, context.place);
  const limits = limitsOf(config, metric);
  const file = await readNamed(config.path, context);
  const model = await loadModel(file, config.path, context.runtime);
  if (model.outputs.length === 0)
    throw new UserError(
      `${config.path} has no output that is a tensor, only sequences or maps: nothing can be measured`,
    );
  const { plans, planned, unplanned } = planAll(config, model, context.signal);
  // What a target would quantize that cannot be planned is not known.
  if (plans.length === config.targets.length)
    checkNames(config, model, plans, inGraphOrder(model, quantizedBy(plans)));
  const observed = inGraphOrder(model, new Set([...quantizedBy(planned), ...besidesMasks(model)]));
  const batching = await tryFirstSample(config, model, context);
  // Objects put names such as "758" first, so "the first output" has to be said by name.
  const isBuiltIn = 'name' in config.evaluation.metric && config.evaluation.metric.output === undefined;
  const readsFirst = isBuiltIn && metric.reads === undefined;
  const reading = readsFirst ? onOutput(metric, model.outputs[0].name) : metric;
  const readOutputs = outputsOf(reading, model);
  const random = randomOperators(file.model);
  const fp32 = await referenceOf(config, model, context);
  const found = { fp32, readOutputs, random, observed, ...batching };
  return { config, model, metric: reading, ...limits, targets: planned, unplanned, ...found };
}

/** @throws UserError for a budget that makes no sense for the metric */
function limitsOf(
  { budget }: ModelConfig,
  metric: Metric,
): Pick<Prepared, 'maxDrop' | 'maxRegression' | 'minAccuracy'> {
  const parsed = (key: string, value: string | number | undefined) => {
    if (value === undefined) return undefined;
    const given = parseMaxDrop(value, key);
    checkMaxDrop(given, metric, key);
    return given;
  };
  const { minAccuracy } = budget;
  return {
    maxDrop: parsed('max-drop', budget.maxDrop),
    maxRegression: parsed('max-regression', budget.maxRegression ?? budget.maxDrop),
    minAccuracy: minAccuracy === undefined ? undefined : parseMinAccuracy(minAccuracy, metric),
  };
}

/** @throws UserError when the reference does not take and give what the model does */
async function referenceOf(config: ModelConfig, model: LoadedModel, context: Context): Promise<LoadedModel> {
  const { reference } = config;
  if (reference === undefined) return model;
  const fp32 = await loadModel(await readNamed(reference, context), reference, context.runtime);
  const portsOf = (each: LoadedModel) =>
    [each.inputs, each.outputs].map((ports) =>
      ports.map(({ name, type }) => `${type} ${quote(name)}`).join(', '),
    );
  const [[inputs, outputs], [otherInputs, otherOutputs]] = [portsOf(model), portsOf(fp32)];
  if (inputs === otherInputs && outputs === otherOutputs) return fp32;
  throw new UserError(
    `${reference} takes ${otherInputs} and gives ${otherOutputs}, ${config.path} takes ${inputs} and gives ${outputs}: name the FP32 model of the same inputs and outputs`,
  );
}

/** Reads a model that the config names: external data lie beside a link, not beside its target. */
export async function readNamed(path: string, { place }: Pick<Context, 'place'>): Promise<ModelFile> {
  await pathWithin(place, path);
  return readModel(resolve(place.folder, path), path, place.root);
}

/** @throws UserError when the model does not have the output that the config names */
function outputsOf({ output, reads }: Metric, { outputs, where }: LoadedModel): readonly string[] {
  const names = outputs.map(({ name }) => name);
  const wanted = output === undefined ? (reads ?? 'any') : [output];
  if (wanted === 'any') return names;
  const missing = wanted.find((name) => !names.includes(name));
  if (missing === undefined) return wanted;
  throw new UserError(
    `${where} has no output ${quote(missing)}, only ${names.slice(0, 8).map(quote).join(', ')}: correct metric.output`,
  );
}

/** The plans that there are, and the targets of those that can be judged. */
function planAll({ targets, ranges }: ModelConfig, model: LoadedModel, signal: AbortSignal) {
  const plans: PlannedTarget[] = [];
  const planned: PlannedTarget[] = [];
  const unplanned: FailedTarget[] = [];
  for (const config of targets) {
    try {
      const each = plannedTarget(config, model);
      plans.push(each);
      checkFiniteWeights(each);
      checkOwnNames(each, ranges);
      planned.push(each);
    } catch (error) {
      unplanned.push({ config, problem: problemOf(error, signal) });
    }
  }
  return { plans, planned, unplanned };
}

function quantizedBy(targets: readonly PlannedTarget[]): Set<string> {
  return new Set(targets.flatMap(({ plan }) => [...plan.activations.keys()]));
}

function inGraphOrder({ inputs, view }: LoadedModel, names: ReadonlySet<string>): string[] {
  const all = [...inputs.map((input) => input.name), ...view.graph.node.flatMap((node) => node.output)];
  return all.filter((name) => names.has(name));
}

/** @throws UserError for a target that the model gives nothing to quantize */
export function plannedTarget(config: TargetConfig, model: LoadedModel): PlannedTarget {
  const target = targetOf(config.chip, config)!;
  const { weights: granularity, weightBits, activationBits, blockSize, range, float, layers } = config;
  const blocks = blockSize && { blockSize };
  const asked = { target, granularity, weightBits, activationBits, range, float, ...blocks };
  const scheme = model.file === undefined ? asked : { ...schemeOfFile(model.file, target), float };
  const planned = planModel(model, scheme, layers);
  if (model.file === undefined ? planned.plan.layers.length === 0 : planned.units.length === 0) {
    const why =
      planned.precision.floats.size > 0
        ? 'its layers keep all of the model in floating point: leave some out'
        : 'the model has no float32 Conv, ConvTranspose, Gemm or MatMul';
    throw new UserError(`${model.where}: ${config.id} has nothing to quantize: ${why}`);
  }
  return { config, ...planned };
}

/** What has to be known of the tensors that masks are added to. */
function besidesMasks(model: LoadedModel): string[] {
  const { addends } = sightOf(model);
  return [...addends.values()].flat().flatMap(({ sum, other }) => [sum, other]);
}

async function tryFirstSample(
  config: ModelConfig,
  model: LoadedModel,
  context: Context,
): Promise<Pick<Prepared, 'batchSize' | 'batchElements' | 'shaped'>> {
  const dataset = await openSamples(config.calibration, { config, model }, context.place);
  try {
    for await (const sample of dataset.samples(context.signal)) {
      const shaped = await withSampleShapes(model, sample.inputs, context.runtime);
      const batchSize = await batchSizeOf(shaped, sample, context.runtime);
      return { batchSize, batchElements: batchSize * inputElements(sample), shaped };
    }
    throw new UserError(`${config.name}: the calibration data hold no samples: give some`);
  } finally {
    await dataset.close();
  }
}
