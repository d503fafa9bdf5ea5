import type { LayerReport, ModelReport, TensorReport } from '../../report-schema.ts';
import { padded } from './drawing-scale.ts';

type Leaders = NonNullable<ModelReport['leaders']>;
export type TensorHistogram = Leaders['histograms'][number];
export type ChannelRanges = Leaders['channels'][number];

/** A range that is drawn below a histogram. */
export interface DrawnRange {
  readonly label: string;
  readonly alpha: number;
  readonly beta: number;
  readonly kind: 'now' | 'suggested' | 'method';
}

/** The range of a tensor as it is, as it is suggested, and as each method would have it. */
export function drawnRanges({ alpha, beta, suggested, methods = [] }: TensorReport): DrawnRange[] {
  return [
    { label: 'now', alpha, beta, kind: 'now' },
    ...(suggested
      ? [{ label: 'suggested', alpha: suggested.alpha, beta: suggested.beta, kind: 'suggested' as const }]
      : []),
    ...methods.map(({ range, ...ends }) => ({ label: range, ...ends, kind: 'method' as const })),
  ];
}

/** What an axis has to hold of a histogram and of ranges beside it. */
export function valueDomain(
  { min, max }: Pick<TensorHistogram, 'min' | 'max'>,
  ranges: readonly DrawnRange[],
): [number, number] {
  return padded([min, max, ...ranges.flatMap(({ alpha, beta }) => [alpha, beta])], 0.02);
}

/** How high the bins of a histogram are drawn, from 0 to 1, by the logarithm: one value in a million shows. */
export function binHeights(counts: readonly number[]): number[] {
  const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0));
  return counts.map((count) => (most === 0 ? 0 : Math.log1p(count) / most));
}

/** What is kept of the values of a tensor, and of the channels of the weight of a layer. */
export function detailsOf(leaders: ModelReport['leaders'], layer: LayerReport, tensor: TensorReport) {
  if (tensor.kind === 'weight')
    return { channels: leaders?.channels.find((each) => each.layer === layer.name) };
  return { histogram: leaders?.histograms.find((each) => each.tensor === tensor.name) };
}
