import { mainShare } from '../numerics/main-share.ts';
import { change } from '../words/counts.ts';
import { causes, measured } from '../words/figures.ts';
import { tinyShare } from '../words/ranges.ts';
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

/** Half of the output noise. */
const MUCH_LESS_DB = 10 * Math.log10(2);

/** Other ranges, measured on the evaluation samples. */
interface Cure {
  readonly gainDb: number;
  readonly drop: number;
  readonly words: string;
}

/** Other ways to choose all ranges. */
function otherMethods(target: JudgedTarget): Cure[] {
  const { attribution, rangeMethods = [] } = target;
  return rangeMethods.flatMap(({ range, outputNsr, isUsed, measured: after }) => {
    if (isUsed || after === undefined) return [];
    const gainDb = 10 * Math.log10((attribution?.fullNsr ?? 0) / outputNsr);
    const words = `Set range: ${range}, ${comesTo(target, after, gainDb)}.`;
    return [{ gainDb, drop: after.drop, words }];
  });
}

function suggestedRanges(target: JudgedTarget): Cure[] {
  const { suggestion } = target;
  if (!suggestion) return [];
  const { changes, measured: after } = suggestion;
  const { outputGainDb: gainDb = Number.POSITIVE_INFINITY } = after;
  const ranges = changes.length === 1 ? 'range' : `${changes.length} ranges`;
  const words = `Set the suggested ${ranges}, ${comesTo(target, after, gainDb)}.`;
  return [{ gainDb, drop: after.drop, words }];
}

function comesTo(
  { metric: { name, unit } }: JudgedTarget,
  { quantized, drop }: { readonly quantized: number; readonly drop: number },
  gainDb: number,
): string {
  const noise = Number.isFinite(gainDb) ? `${gainDb.toFixed(1)} dB less output noise` : 'no output noise';
  return `measured: ${name} ${measured(quantized, unit)}, drop ${change(drop, unit)}, ${noise}`;
}

/**
 * Other ranges where they take away much of the noise and make the metric no worse, the best by the metric first; else the
 * remedy, else ranges that help a little.
 */
function cureOf(target: JudgedTarget, remedy: { readonly sentence: string } | undefined): string {
  const ways = [...otherMethods(target), ...suggestedRanges(target)]
    .filter(({ drop }) => drop <= target.metric.drop)
    .sort((a, b) => a.drop - b.drop || b.gainDb - a.gainDb);
  const best = ways.find(({ gainDb }) => gainDb >= MUCH_LESS_DB);
  return best?.words ?? remedy?.sentence ?? ways[0]?.words ?? '';
}

/** What is wrong and what to do, for a target whose error was attributed and is not nothing. */
export function diagnose(target: JudgedTarget): Diagnosis | undefined {
  const { attribution, remedies = [] } = target;
  if (attribution === undefined || attribution.fullNsr === 0) return undefined;
  const [first] = rankedLayers(target);
  if (attribution.destroyed) {
    const noise = `the noise of the outputs is ${tinyShare(attribution.fullNsr)} of the signal`;
    return {
      headline: `Quantization destroys this model: ${noise}, which no ranking of layers explains`,
      culprit: undefined,
      cure: cureOf(target, remedies[0]),
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
    cure: cureOf(
      target,
      remedies.find(({ unit }) => unit === first.name),
    ),
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
