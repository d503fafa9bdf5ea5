import { printable } from '../errors.ts';
import { change, count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { planSentence, type RecoveryReport } from './recovery-plan.ts';
import type { JudgedTarget } from './report-schema.ts';

/** Half of the output noise. */
const MUCH_LESS_DB = 10 * Math.log10(2);

const OUT_OF_TIME = 'Time ended before all was tried.';

/**
 * What to do about a target, measured on the evaluation samples: the plan of its recovery, or that nothing helps; where no
 * recovery was tried, other ranges that do. Code stands between backticks; empty if nothing was measured.
 */
export function toDo(target: JudgedTarget): string {
  const { recovery } = target;
  if (recovery === undefined) return otherRanges(target);
  const { plan, problem, isCut } = recovery;
  const cut = isCut ? [OUT_OF_TIME] : [];
  if (plan !== null) return [planSentence(target, plan), ...cut].join(' ');
  if (problem === undefined) return [nothing(recovery), ...cut].join(' ');
  return [otherRanges(target), `No change could be sought: ${printable(problem)}.`]
    .filter((part) => part !== '')
    .join(' ');
}

function nothing({ attempts }: RecoveryReport): string {
  if (attempts.length === 0) return 'No change was tried.';
  const evaluated = attempts.filter((attempt) => attempt.measured !== undefined).length;
  const tried = attempts.length === 1 ? '1 change was' : `${count(attempts.length)} changes were`;
  return `Nothing that was tried helps: ${tried} tried and ${count(evaluated)} of them measured on the evaluation samples, none with a smaller drop.`;
}

/** Other ranges, measured on the evaluation samples. */
interface Cure {
  readonly gainDb: number;
  readonly drop: number;
  readonly words: string;
}

/**
 * Other ranges where they make the metric no worse: those that take away much of the noise, the best by the metric first,
 * else those that help a little.
 */
function otherRanges(target: JudgedTarget): string {
  const before = target.metric.drop;
  const ways = [...otherMethods(target), ...suggestedRanges(target)]
    .filter(({ drop, gainDb }) => drop < before || (drop === before && gainDb > 0))
    .sort((a, b) => a.drop - b.drop || b.gainDb - a.gainDb);
  const best = ways.find(({ gainDb }) => gainDb >= MUCH_LESS_DB) ?? ways[0];
  return best?.words ?? '';
}

/** Other ways to choose all ranges. */
function otherMethods(target: JudgedTarget): Cure[] {
  const { attribution, rangeMethods = [] } = target;
  return rangeMethods.flatMap(({ range, outputNsr, isUsed, measured: after }) => {
    if (isUsed || after === undefined) return [];
    const gainDb = 10 * Math.log10((attribution?.fullNsr ?? 0) / outputNsr);
    const words = `Set \`range: ${range}\`: ${comesTo(target, after, gainDb)}.`;
    return [{ gainDb, drop: after.drop, words }];
  });
}

function suggestedRanges(target: JudgedTarget): Cure[] {
  const { suggestion } = target;
  if (!suggestion) return [];
  const { changes, measured: after } = suggestion;
  const { outputGainDb: gainDb = Number.POSITIVE_INFINITY } = after;
  const ranges = changes.length === 1 ? 'range' : `${changes.length} ranges`;
  const words = `Set the suggested ${ranges}: ${comesTo(target, after, gainDb)}.`;
  return [{ gainDb, drop: after.drop, words }];
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
