const twoDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/**
 * A share in percent with two digits, however small: `0.02 %`.
 *
 * @example tinyShare(0.0002) // '0.02 %'
 */
export function tinyShare(share: number): string {
  return `${twoDigits.format(100 * share)} %`;
}

/**
 * A noise-to-signal ratio as what it is in dB, more for less noise.
 *
 * @example sqnrText(0.01) // '20.0 dB'
 */
export function sqnrText(nsr: number): string {
  return nsr === 0 ? 'no noise' : `${(-10 * Math.log10(nsr)).toFixed(1).replace(/^-0\.0$/, '0.0')} dB`;
}

/** A value of a tensor with three digits: `-10000`, `0.0125`, `3.4e+38`. */
export function magnitude(value: number): string {
  return String(Number(value.toPrecision(3)) + 0);
}

/**
 * A range with three digits at each end.
 *
 * @example rangeText({ alpha: -1, beta: 2.5 }) // '[-1, 2.5]'
 */
export function rangeText({ alpha, beta }: { readonly alpha: number; readonly beta: number }): string {
  return `[${magnitude(alpha)}, ${magnitude(beta)}]`;
}

type Ends = readonly [alpha: number, beta: number] | null | undefined;

/**
 * Two ranges beside each other, with seven digits where three do not tell them apart; a dash for one that is not there.
 *
 * @example rangePair([0, 1], [0, 1.0001]) // ['[0, 1]', '[0, 1.0001]']
 */
export function rangePair(before: Ends, after: Ends): [before: string, after: string] {
  const say = (ends: Ends, digits: number) =>
    ends ? `[${ends.map((end) => String(Number(end.toPrecision(digits)) + 0)).join(', ')}]` : '–';
  const short = [say(before, 3), say(after, 3)] as [string, string];
  return short[0] === short[1] ? [say(before, 7), say(after, 7)] : short;
}
