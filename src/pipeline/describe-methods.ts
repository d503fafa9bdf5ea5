import type { Histogram } from '../numerics/histogram.ts';
import { activationParameters } from '../quantization/activation-parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { JudgedTarget, LayerReport, TensorReport } from '../report/report-schema.ts';
import { proposableMethods } from '../targets/range-methods-of.ts';
import { leadersAmong } from './describe-leaders.ts';
import type { Candidate } from './judge.ts';

type MethodRange = NonNullable<TensorReport['methods']>[number];

/** Layers with the range that each method would choose for what the costliest of them read and make. */
export function withMethodRanges(
  layers: readonly LayerReport[],
  likely: JudgedTarget['likelyLeaders'],
  { quantized, histograms }: Pick<Candidate, 'quantized' | 'histograms'>,
): LayerReport[] {
  const leaders = new Set(leadersAmong(layers, likely));
  const names = new Set(
    [...leaders]
      .flatMap(({ tensors }) => tensors.map(({ name }) => name))
      .filter((name) => histograms.has(name)),
  );
  const ranges = rangesByMethod(names, quantized, histograms);
  return layers.map((layer) =>
    leaders.has(layer)
      ? {
          ...layer,
          tensors: layer.tensors.map((tensor) => {
            const methods = tensor.kind === 'weight' ? undefined : ranges.get(tensor.name);
            return methods === undefined ? tensor : { ...tensor, methods };
          }),
        }
      : layer,
  );
}

function rangesByMethod(
  names: ReadonlySet<string>,
  quantized: Quantized,
  histograms: ReadonlyMap<string, Histogram>,
): Map<string, MethodRange[]> {
  const { plan, scheme } = quantized;
  const activations = new Map([...plan.activations].filter(([name]) => names.has(name)));
  const ranges = new Map<string, MethodRange[]>();
  for (const range of proposableMethods(scheme.target)) {
    const planned = { ...quantized, scheme: { ...scheme, range }, plan: { ...plan, activations } };
    for (const [name, { alpha, beta }] of activationParameters(planned, histograms, new Map()))
      ranges.set(name, [...(ranges.get(name) ?? []), { range, alpha, beta }]);
  }
  return ranges;
}
