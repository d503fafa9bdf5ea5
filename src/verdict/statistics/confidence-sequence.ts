import { mean } from '../../numerics/mean.ts';
import type { Interval } from './tango.ts';
import { largestUnseenShare } from './unseen.ts';

/**
 * Interval of the mean of independent values within `bounds` that may be looked at after every one of them: with a chance of
 * `confidence` the mean is in all of the intervals together, wherever one stops. Each end is where a gambler who bets against
 * a mean beyond it has multiplied the stake by 2 / (1 - confidence) (Ville's inequality), as in I. Waudby-Smith and
 * A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024) 1-27. The stake is divided over
 * bets of fixed sizes, so that the order of the values does not matter.
 *
 * @param values at least one, all within the bounds
 */
export function boundedSequence(
  values: readonly number[],
  [low, high]: Interval,
  confidence: number,
): Interval {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const wanted = Math.log(2 / (1 - confidence));
  const shares = [...counts].map(([value, count]) => ({ share: (value - low) / (high - low), count }));
  const mirrored = shares.map(({ share, count }) => ({ share: 1 - share, count }));
  const at = (share: number) => low + share * (high - low);
  return [at(lowerEnd(shares, wanted)), at(1 - lowerEnd(mirrored, wanted))];
}

/** Values of [0, 1], and how often each is there. */
type Counted = readonly { readonly share: number; readonly count: number }[];

/**
 * Parts of the stake's largest bet. Rare changes are told soonest by bets of nearly all, small drops among many changes by
 * bets of the size of the drop.
 */
const BETS = [1, 15 / 16, 7 / 8, 3 / 4, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128];

/** Bisections of [0, 1]: what is left is less than a billionth. */
const BISECTIONS = 30;

/** The largest mean that is refused, in [0, 1]: the gain falls with the mean, and there is none at that of the values. */
function lowerEnd(values: Counted, wanted: number): number {
  let refused = 0;
  let kept = 1;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (refused + kept) / 2;
    if (logGain(values, middle) >= wanted) refused = middle;
    else kept = middle;
  }
  return refused;
}

/** Logarithm of what betting against means of up to `center` has made of a stake of 1; center in (0, 1). */
function logGain(values: Counted, center: number): number {
  const gains = BETS.map((bet) =>
    values.reduce((sum, { share, count }) => sum + count * Math.log1p(bet * (share / center - 1)), 0),
  );
  const most = Math.max(...gains);
  if (most === -Infinity) return most;
  const sum = gains.reduce((total, gain) => total + Math.exp(gain - most), 0);
  return most + Math.log(sum / BETS.length);
}

/** The fewest values whose mean may be taken for nearly normal. */
const FEWEST = 64;

/** The fewest values that have to make up the variance: of rarer ones that count for much, too few were seen. */
const FEWEST_THAT_VARY = 12;

/**
 * About how many values the interval of `asymptoticSequence` needs to mean anything, if the rest are like these: m of n
 * values that differ alike from all others, which are alike, count as m.
 */
export function fewestAsymptotic(values: readonly number[]): number {
  const center = mean(values);
  const powers = (k: number) => values.reduce((sum, value) => sum + (value - center) ** k, 0);
  const varying = powers(2) ** 2 / powers(4);
  const isConstant = values.every((value) => value === values[0]);
  if (isConstant || !(varying > 0)) return Math.max(FEWEST, values.length + 1);
  return Math.max(FEWEST, Math.ceil((values.length * FEWEST_THAT_VARY) / varying));
}

/** The number of values at which the interval is narrowest in comparison with one of that number alone. */
const NARROWEST_AT = 256;

/**
 * The same for values of which no bounds are known, which holds as their number grows: equation 6 of I. Waudby-Smith,
 * D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences",
 * Annals of Statistics 52 (2024) 2613-2640. Each end reaches further by what values that are too rare to have been seen
 * would move the mean, were each `spread` away from it, or as far as the farthest that was seen.
 *
 * @param values two or more
 * @param spread from 0, in the unit of the values
 */
export function asymptoticSequence(values: readonly number[], spread: number, confidence: number): Interval {
  const n = values.length;
  const center = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (n - 1);
  const farthest = values.reduce((most, value) => Math.max(most, Math.abs(value - center)), spread);
  const level = -2 * Math.log(1 - confidence);
  const tuned = (n * (level + Math.log(level + 1))) / NARROWEST_AT;
  const width = Math.sqrt(
    (2 * variance * (tuned + 1) * Math.log(Math.sqrt(tuned + 1) / (1 - confidence))) / (n * tuned),
  );
  const half = width + largestUnseenShare(n, confidence) * farthest;
  return [center - half, center + half];
}
