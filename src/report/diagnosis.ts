import { mainShare } from '../numerics/main-share.ts';
import { causes } from '../words/figures.ts';
import { sqnrText, tinyShare } from '../words/ranges.ts';
import type { JudgedTarget, LayerReport } from './report-schema.ts';

type Shares = NonNullable<LayerReport['shares']>;

/** A layer that was measured alone. */
export type RankedLayer = LayerReport & { readonly rank: number; readonly impact: number };

/** What is wrong with a target's model. */
export interface Diagnosis {
  /** `Weights cost the most`. */
  readonly headline: string;
  /** The layer that costs the most, and in words how much and why; undefined where the model is destroyed. */
  readonly culprit: { readonly layer: RankedLayer; readonly words: string } | undefined;
}

const groups = [
  { subject: 'Weights cost', symbol: 'ΔW', round: 'weightRound', clip: 'weightClip' },
  { subject: 'Activations cost', symbol: 'ΔX', round: 'activationRound', clip: 'activationClip' },
  { subject: 'Integer arithmetic costs', symbol: 'ΔY', round: 'output', clip: undefined },
] as const;

/** Layers by rank, the costliest first. */
export function rankedLayers({ layers }: JudgedTarget): RankedLayer[] {
  return layers
    .filter((layer): layer is RankedLayer => layer.rank !== undefined && layer.impact !== undefined)
    .toSorted((a, b) => a.rank - b.rank);
}

/** What is wrong with a target whose error was attributed and is not nothing. */
export function diagnose(target: JudgedTarget): Diagnosis | undefined {
  const { attribution } = target;
  if (attribution === undefined || attribution.fullNsr === 0) return undefined;
  const [first] = rankedLayers(target);
  if (attribution.destroyed) {
    const noise = `the outputs have an SQNR of ${sqnrText(attribution.fullNsr)}`;
    return {
      headline: `Quantization destroys this model: ${noise}, which no ranking of layers explains`,
      culprit: undefined,
    };
  }
  if (first?.shares === undefined) return undefined;
  const share = first.impact / attribution.fullNsr;
  const part =
    share < 1
      ? `alone makes ${tinyShare(share)} of the output noise`
      : 'alone makes as much output noise as all layers together';
  const { share: cause, value } = mainShare(first.shares);
  return {
    headline: `${costliestGroup(target)} the most`,
    culprit: { layer: first, words: `${part}, ${tinyShare(value)} of it ${causes[cause]}` },
  };
}

/** `ΔW 98 % (round)`: the parts of at least a tenth, the largest first. */
export function sharesText(shares: Shares): string {
  return groups
    .map(({ symbol, round, clip }) => {
      const value = shares[round] + (clip === undefined ? 0 : shares[clip]);
      const kind = clip === undefined ? '' : shares[clip] > shares[round] ? ' (clip)' : ' (round)';
      return { value, text: `${symbol} ${Math.round(100 * value)} %${kind}`.replaceAll(' ', '\u00a0') };
    })
    .filter(({ value }) => value >= 0.1)
    .sort((a, b) => b.value - a.value)
    .map(({ text }) => text)
    .join(', ');
}

/** Whether the weight makes more of the error than what the layer reads. */
export function blamesWeight({ weightRound, weightClip, activationRound, activationClip }: Shares): boolean {
  return weightRound + weightClip > activationRound + activationClip;
}

/** The group with the largest share of the errors, each layer weighed by what it costs. */
function costliestGroup(target: JudgedTarget): string {
  const ranked = rankedLayers(target);
  const costs = groups.map(({ subject, round, clip }) => {
    const of = (shares: Shares) => shares[round] + (clip === undefined ? 0 : shares[clip]);
    return {
      subject,
      cost: ranked.reduce((sum, { impact, shares }) => sum + (shares ? impact * of(shares) : 0), 0),
    };
  });
  return costs.reduce((a, b) => (b.cost > a.cost ? b : a)).subject;
}
