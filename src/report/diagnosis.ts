import { causes } from '../gate/words.ts';
import { tinyShare } from '../words.ts';
import type { JudgedTarget, LayerReport } from './schema.ts';

type Shares = NonNullable<LayerReport['shares']>;

/** A layer that was measured alone. */
export type RankedLayer = LayerReport & { readonly rank: number; readonly impact: number };

/** What is wrong with a target's model. */
export interface Diagnosis {
  /** `Weights cost the most`. */
  readonly headline: string;
  /** The layer that costs the most, and in words how much and why; undefined where the model is destroyed. */
  readonly culprit: { readonly layer: RankedLayer; readonly words: string } | undefined;
  /** What to do; empty if nothing is known. */
  readonly cure: string;
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

/** A way to choose ranges with at most half of the output noise; undefined if there is none. */
function betterMethod({ attribution, rangeMethods = [] }: JudgedTarget): string | undefined {
  const [best] = rangeMethods;
  const now = attribution?.fullNsr ?? 0;
  if (best === undefined || best.outputNsr > now / 2) return undefined;
  const gainDb = 10 * Math.log10(now / best.outputNsr);
  const less = Number.isFinite(gainDb) ? `${gainDb.toFixed(1)} dB less` : 'no';
  return `Set range: ${best.range}, which leaves ${less} output noise.`;
}

/** What is wrong and what to do, for a target whose error was attributed and is not nothing. */
export function diagnose(target: JudgedTarget): Diagnosis | undefined {
  const { attribution, remedies = [] } = target;
  if (attribution === undefined || attribution.fullNsr === 0) return undefined;
  const [first] = rankedLayers(target);
  const method = betterMethod(target);
  if (attribution.destroyed) {
    const noise = `the noise of the outputs is ${tinyShare(attribution.fullNsr)} of the signal`;
    const cure = method ?? remedies[0]?.sentence ?? '';
    return {
      headline: `Quantization destroys this model: ${noise}, which no ranking of layers explains`,
      culprit: undefined,
      cure,
    };
  }
  if (first?.shares === undefined) return undefined;
  const share = first.impact / attribution.fullNsr;
  const part =
    share < 1
      ? `alone makes ${tinyShare(share)} of the output noise`
      : 'alone makes as much output noise as all layers together';
  const [key, value] = mainShare(first.shares);
  return {
    headline: `${costliestGroup(target)} the most`,
    culprit: { layer: first, words: `${part}, ${tinyShare(value)} of it ${causes[key]}` },
    cure: method ?? remedies.find(({ unit }) => unit === first.name)?.sentence ?? '',
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

function mainShare(shares: Shares): [keyof Shares, number] {
  const [main] = Object.entries(shares).sort(([, a], [, b]) => b - a);
  return main as [keyof Shares, number];
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
