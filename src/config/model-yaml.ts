import { stringify } from 'yaml';
import { FLOAT_BITS } from '../numerics/grid.ts';
import type { BudgetConfig, EvaluationConfig, Limit, ModelConfig, SamplesConfig } from './config.ts';
import {
  DEFAULT_RANGE,
  type LayerPrecisions,
  type PinnedRanges,
  resolveTarget,
  type TargetConfig,
} from './target-id.ts';

/** A model of the configuration with everything that was filled in, as its entry in `models:` would say it. */
export function modelYaml(model: ModelConfig): string {
  const {
    name,
    path,
    reference,
    preprocess,
    calibration,
    evaluation,
    targets,
    ranges,
    budget,
    recover,
    attribute,
  } = model;
  const fallback = rangeOfModel(targets);
  const { labels, metric, thumbnails, stop } = evaluation;
  const entry = {
    name,
    path,
    reference,
    preprocess,
    calibration: samplesOf(calibration),
    evaluation: {
      ...samplesOf(evaluation),
      labels,
      metric: metricOf(metric),
      stop,
      thumbnails: thumbnails || undefined,
    },
    targets: targets.map((target) => targetOf(target, ranges, fallback)),
    range: fallback === DEFAULT_RANGE ? undefined : fallback,
    ranges: pinsOf(ranges),
    recover,
    attribute,
    budget: budgetOf(budget),
  };
  return stringify([entry], { lineWidth: 0, aliasDuplicateObjects: false });
}

/** What no target names is its model's. */
function rangeOfModel(targets: readonly TargetConfig[]): TargetConfig['range'] {
  return targets.find(({ id, range }) => !id.endsWith(`-${range}`))?.range ?? DEFAULT_RANGE;
}

function samplesOf({ inputs, range }: SamplesConfig) {
  return { inputs: typeof inputs === 'string' ? inputs : Object.fromEntries(inputs), range };
}

function metricOf(metric: EvaluationConfig['metric']) {
  const { output } = metric;
  if ('command' in metric) return { ...metric.command, output };
  if ('name' in metric && metric.options !== undefined)
    return { name: metric.name, ...metric.options, output };
  if (output !== undefined) return metric;
  return 'module' in metric ? metric.module : metric.name;
}

function budgetOf(budget: BudgetConfig) {
  const limit = (given: Limit | undefined) => (given?.except.length === 0 ? given.value : given);
  return {
    'max-drop': budget.maxDrop,
    'max-regression': budget.maxRegression,
    'min-accuracy': budget.minAccuracy,
    'max-bits-lost': limit(budget.maxBitsLost),
    'min-effective-bits': limit(budget.minEffectiveBits),
    'min-sqnr-db': limit(budget.minSqnrDb),
    confidence: budget.confidence,
    'on-inconclusive': budget.onInconclusive,
  };
}

function targetOf(target: TargetConfig, ofModel: PinnedRanges, fallback: TargetConfig['range']) {
  const { chip, arch, weights, precision, weightBits, activationBits, blockSize, range, float } = target;
  const { encodings, recipe, layers, ranges } = target;
  const kind = { chip, arch, precision, 'block-size': blockSize };
  const usual = resolveTarget({ ...kind, 'weight-bits': 8, 'activation-bits': 8 }, fallback);
  const own = new Map([...ranges].filter(([tensor, pin]) => ofModel.get(tensor) !== pin));
  const said = {
    arch: arch === resolveTarget(chip, fallback).arch ? undefined : arch,
    weights: weights === usual.weights ? undefined : weights,
    precision,
    'weight-bits': weightBits === 8 ? undefined : weightBits,
    'activation-bits':
      activationBits === 8 ? undefined : activationBits === FLOAT_BITS ? 'float' : activationBits,
    'block-size': blockSize,
    range: range === fallback ? undefined : range,
    float: float === usual.float ? undefined : float,
    encodings,
    recipe: recipe.length === 0 ? undefined : recipe,
    layers: layersOf(layers),
    ranges: pinsOf(own),
  };
  return Object.values(said).every((value) => value === undefined) ? chip : { chip, ...said };
}

function pinsOf(ranges: PinnedRanges) {
  return ranges.size === 0 ? undefined : Object.fromEntries(ranges);
}

function layersOf(layers: LayerPrecisions) {
  if (layers.size === 0) return undefined;
  return Object.fromEntries(
    [...layers].map(([name, { activationBits, weightBits, float }]) => [
      name,
      { 'activation-bits': activationBits, 'weight-bits': weightBits, float },
    ]),
  );
}
