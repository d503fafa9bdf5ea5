/** Sums of squares of a signal, and of what differs from it. */
export interface SignalAndNoise {
  signal: number;
  noise: number;
}

/** Adds the values of one sample: what was predicted is the signal. */
export function addPowers(
  powers: SignalAndNoise,
  predicted: ArrayLike<number>,
  measured: ArrayLike<number>,
): void {
  for (let i = 0; i < predicted.length; i++) {
    powers.signal += predicted[i] ** 2;
    powers.noise += (measured[i] - predicted[i]) ** 2;
  }
}

/**
 * SQNR, 10·log10(signal / noise) in dB; null where nothing differs, which has no number.
 *
 * @example sqnrOf({ signal: 1000, noise: 10 }) // 20
 */
export function sqnrOf({ signal, noise }: Readonly<SignalAndNoise>): number | null {
  if (noise === 0) return null;
  return Math.max(LEAST_DB, 10 * Math.log10(signal / noise));
}

/** Of noise on no signal at all. */
const LEAST_DB = -400;
