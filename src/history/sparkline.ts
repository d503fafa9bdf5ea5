const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * Values as one line of text, each a bar between the least and the greatest of them; the lowest bar where all are equal.
 *
 * @example sparkline([1, 2, 3]) // '▁▅█'
 */
export function sparkline(values: readonly number[]): string {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const step = (most - least) / (BARS.length - 1);
  return values.map((value) => BARS[step > 0 ? Math.round((value - least) / step) : 0]).join('');
}
