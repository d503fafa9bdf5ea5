/**
 * The largest share of samples that may be of a kind of which n samples show none, at the level of one end of a two-sided
 * interval: 1 - ((1 - confidence)/2)^(1/n), about 3.7/n at 0.95. It is the exact form of the rule of three, 3/n for a
 * single end at 0.95: J. A. Hanley and A. Lippman-Hand, "If Nothing Goes Wrong, Is Everything All Right? Interpreting Zero
 * Numerators", JAMA 249 (1983) 1743-1745. Tango's interval without any flip is as wide: z²/(n + z²) is 3.8/n.
 *
 * @param n from 1
 * @example largestUnseenShare(88, 0.95) // 0.041053
 */
export function largestUnseenShare(n: number, confidence: number): number {
  return 1 - ((1 - confidence) / 2) ** (1 / n);
}
