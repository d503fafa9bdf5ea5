import type { TargetChanges } from '../config/target-changes.ts';
import { rangeChoices } from '../targets/range-methods-of.ts';
import { change } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import type { JudgedTarget } from './report-schema.ts';

/** Half of the output noise. */
const MUCH_LESS_DB = 10 * Math.log10(2);

/** Other ranges, measured on the evaluation samples. */
export interface OtherRanges {
  readonly changes: TargetChanges;
  readonly gainDb: number;
  readonly quantized: number;
  readonly drop: number;
  /** What to do, in a sentence; code stands between backticks. */
  readonly words: string;
}

/**
 * Other ranges that make the metric no worse and either take away much of the noise or gain more than chance does, which is
 * half of what the interval leaves open: the best by the metric. A sample or two more of several hundred are no reason.
 */
export function bestRanges(target: JudgedTarget): OtherRanges | undefined {
  const { drop: before, interval } = target.metric;
  const chance = (interval[1] - interval[0]) / 2;
  const ways = [...otherMethods(target), ...suggestedRanges(target)]
    .filter(({ drop, gainDb }) => drop <= before && (gainDb >= MUCH_LESS_DB || before - drop > chance))
    .sort((a, b) => a.drop - b.drop || b.gainDb - a.gainDb);
  return ways.find(({ gainDb }) => gainDb >= MUCH_LESS_DB) ?? ways[0];
}

/** Other ways to choose all ranges. */
function otherMethods(target: JudgedTarget): OtherRanges[] {
  const { attribution, rangeMethods = [] } = target;
  return rangeMethods.flatMap(({ range, outputNsr, isUsed, measured: after }) => {
    const choice = rangeChoices.find((each) => each === range);
    if (isUsed || after === undefined || choice === undefined) return [];
    const gainDb = 10 * Math.log10((attribution?.fullNsr ?? 0) / outputNsr);
    const words = `Set \`range: ${range}\`: ${comesTo(target, after, gainDb)}.`;
    const changes = { range: choice, pins: [] };
    return [{ changes, gainDb, ...after, words }];
  });
}

function suggestedRanges(target: JudgedTarget): OtherRanges[] {
  const { suggestion } = target;
  if (!suggestion) return [];
  const { changes, measured: after } = suggestion;
  const { outputGainDb: gainDb = Number.POSITIVE_INFINITY, quantized, drop } = after;
  const named = changes.length === 1 ? 'range' : `${changes.length} ranges`;
  const words = `Set the suggested ${named}: ${comesTo(target, after, gainDb)}.`;
  return [{ changes: { pins: changes }, gainDb, quantized, drop, words }];
}

function comesTo(
  { metric: { name, unit } }: JudgedTarget,
  { quantized, drop }: { readonly quantized: number; readonly drop: number },
  gainDb: number,
): string {
  const amount = `${Math.abs(gainDb).toFixed(1)} dB ${gainDb < 0 ? 'more' : 'less'} output noise`;
  const noise = Number.isFinite(gainDb) ? amount : 'no output noise';
  return `${name} ${measured(quantized, unit)}, drop ${change(drop, unit)}, ${noise} (measured)`;
}
