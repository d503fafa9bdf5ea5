import { markdownTable } from 'markdown-table';

/** The middle one of values, of an even number the mean of the two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return sorted.length === 0 ? Number.NaN : (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/** Runs work so many times, for the median of each of its figures. */
export function medians<K extends string>(runs: readonly Readonly<Record<K, number>>[]): Record<K, number> {
  const names = Object.keys(runs[0]) as K[];
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name]))])) as Record<
    K,
    number
  >;
}

/** Two or three digits, and a dash of what was not measured. */
export const times = (ratio: number): string => withUnit(ratio, '×');
/** Below a second in milliseconds. */
export const seconds = (value: number): string =>
  value < 1 ? withUnit(1000 * value, 'ms') : withUnit(value, 's');
export const mebibytes = (value: number): string => withUnit(value, 'MiB');

function withUnit(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–';
  return `${value.toFixed(value < 1 ? 2 : value < 20 ? 1 : 0)} ${unit}`;
}

/** A table of Markdown whose first column is words and the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const align = head.map((_, i) => (i === 0 ? 'l' : 'r'));
  return markdownTable(
    [head, ...rows].map((row) => [...row]),
    { align, alignDelimiters: false, padding: true },
  );
}
