import { z } from 'zod';

const range = z.tuple([z.number(), z.number()]);
const MAX_TENSORS = 50_000;

/** What of a quantized model is compared with another version of it. */
export const snapshot = z.strictObject({
  /** α and β of every tensor on a grid, by its name; of a weight with a scale for each channel, those of all. */
  ranges: z
    .array(z.tuple([z.string().max(1024), range]))
    .max(MAX_TENSORS)
    .describe('α and β of each tensor.'),
  /** Noise / signal power of the outputs with one unit quantized, by the unit's name. */
  impacts: z.array(z.tuple([z.string().max(1024), z.number().min(0)])).max(MAX_TENSORS),
});

export type Snapshot = Readonly<z.output<typeof snapshot>>;
type Range = Readonly<z.output<typeof range>>;

/** A thing of one name before and after; undefined on the side that does not have it. */
export interface Difference<T> {
  readonly name: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What differs, the largest difference first; what only one side has comes last. */
export interface SnapshotChanges {
  readonly ranges: readonly Difference<Range>[];
  readonly impacts: readonly Difference<number>[];
}

/**
 * Compares two versions of a quantized model. A range has changed by how far its ends moved, in widths of the wider of the
 * two; a unit by how much more or less of the output noise it makes.
 */
export function changesBetween(before: Snapshot, after: Snapshot): SnapshotChanges {
  return {
    ranges: changed(before.ranges, after.ranges, moved),
    impacts: changed(before.impacts, after.impacts, (a, b) => Math.abs(a - b)),
  };
}

/** What is less, relative, is the rounding of another run. */
const NOTHING = 1e-6;

function moved(before: Range, after: Range): number {
  const [a, b] = before;
  const [c, d] = after;
  const width = Math.max(b - a, d - c);
  return width === 0 ? 0 : Math.max(Math.abs(a - c), Math.abs(b - d)) / width;
}

function changed<T>(
  before: readonly (readonly [string, T])[],
  after: readonly (readonly [string, T])[],
  distance: (a: T, b: T) => number,
): Difference<T>[] {
  const [old, now] = [new Map(before), new Map(after)];
  const both: { change: Difference<T>; size: number }[] = [];
  const alone: Difference<T>[] = [];
  for (const name of new Set([...now.keys(), ...old.keys()])) {
    const [a, b] = [old.get(name), now.get(name)];
    const change = { name, before: a, after: b };
    if (a === undefined || b === undefined) alone.push(change);
    else both.push({ change, size: distance(a, b) });
  }
  const largest = both.filter(({ size }) => size > NOTHING).sort((x, y) => y.size - x.size);
  return [...largest.map(({ change }) => change), ...alone];
}
