import { channelRanges } from '../numerics/channels.ts';
import { coarseHistogram } from '../numerics/coarse-histogram.ts';
import type { Range } from '../numerics/grid.ts';
import { readTensor } from '../onnx/tensors.ts';
import type { Layer } from '../quantization/layer.ts';
import { MAX_BINS, MAX_CHANNEL_RANGES, MAX_LEADERS } from '../report/leaders-schema.ts';
import type { JudgedTarget, LayerReport, ModelReport, TargetReport } from '../report/report-schema.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Evidence } from './evidence.ts';
import type { Prepared } from './prepare.ts';

type Leaders = NonNullable<ModelReport['leaders']>;

const [MAX_HISTOGRAMS, MAX_WEIGHTS] = [128, 64];

/**
 * The layers that cost the most, the costliest first; where not all costs are known, those that likely do, and then those that lose
 * the most bits.
 */
export function leadersAmong(
  layers: readonly LayerReport[],
  likely: JudgedTarget['likelyLeaders'],
): LayerReport[] {
  const ranked = layers.filter(({ rank }) => rank !== undefined && rank <= MAX_LEADERS);
  if (ranked.length > 0) return ranked.sort((a, b) => a.rank! - b.rank!);
  const likeliest =
    likely?.layers.flatMap(({ layer }) => layers.find(({ name }) => name === layer) ?? []) ?? [];
  const lost = ({ tensors }: LayerReport) =>
    tensors.reduce((most, { bitsLost = 0 }) => Math.max(most, bitsLost), 0);
  const byBits = layers.toSorted((a, b) => lost(b) - lost(a));
  return [...new Set([...likeliest, ...byBits])].slice(0, MAX_LEADERS);
}

/** Histograms and weights of the layers that lead on some target. */
export function describeLeaders(
  { model, targets: planned }: Prepared,
  targets: readonly TargetReport[],
  { calibration }: Evidence,
): Pick<ModelReport, 'leaders'> {
  const leading = targets.flatMap((target) =>
    target.verdict === 'error' ? [] : leadersAmong(target.layers, target.likelyLeaders),
  );
  const activations = new Set(
    leading.flatMap(({ tensors }) => tensors.flatMap(({ name, kind }) => (kind === 'weight' ? [] : [name]))),
  );
  const histograms = [...activations].flatMap((tensor) => {
    const histogram = calibration.histograms.get(tensor);
    if (histogram === undefined || histogram.total === 0) return [];
    const { min, max } = histogram;
    const { from, step, counts } = coarseHistogram(histogram, MAX_BINS);
    return [{ tensor, from, step, counts: [...counts], min, max }];
  });
  const layers = new Map(
    planned.flatMap(({ plan }) => plan.layers.map((layer) => [layer.name, layer] as const)),
  );
  const channels = [...new Set(leading.map(({ name }) => name))].flatMap((name) => {
    const layer = layers.get(name);
    return layer === undefined ? [] : channelsOf(layer, model);
  });
  if (histograms.length === 0 && channels.length === 0) return {};
  return {
    leaders: { histograms: histograms.slice(0, MAX_HISTOGRAMS), channels: channels.slice(0, MAX_WEIGHTS) },
  };
}

function channelsOf({ name, weight }: Layer, model: LoadedModel): Leaders['channels'][number][] {
  if (weight === undefined || weight.axis === null) return [];
  const { dims, data } = readTensor(model.view.initializers.get(weight.name)!, model.where);
  const ranges = channelRanges(data as Float32Array, dims, weight.axis);
  const each = Math.ceil(ranges.length / MAX_CHANNEL_RANGES);
  const entries = Array.from({ length: Math.ceil(ranges.length / each) }, (_, i) =>
    around(ranges.slice(i * each, (i + 1) * each)),
  );
  return [{ layer: name, channels: ranges.length, each, ranges: entries }];
}

function around(ranges: readonly Range[]): [number, number] {
  const short = (value: number) => Number(value.toPrecision(5));
  return [
    short(ranges.reduce((least, { alpha }) => Math.min(least, alpha), Infinity)),
    short(ranges.reduce((most, { beta }) => Math.max(most, beta), -Infinity)),
  ];
}
