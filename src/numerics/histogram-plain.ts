import { z } from 'zod';
import { UserError } from '../errors.ts';
import { issueOf } from '../json.ts';
import { BINS, ZERO_BIN } from './bins.ts';
import { createHistogram, type Histogram, levelFor } from './histogram.ts';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const value = z.number().refine((x) => Math.fround(x) === x, 'not a float32');

const plainHistogram = z.strictObject({
  total: count,
  slices: count,
  zeros: count,
  /** Null when nothing was seen. */
  min: value.nullable(),
  max: value.nullable(),
  /** Index of the first bin that is not empty, and the counts from there to the last one. */
  first: z.number().int().min(0).max(BINS),
  counts: z.array(count).max(BINS),
});

/** A histogram as JSON holds it. The level is not stored: it follows from min and max. */
export type PlainHistogram = z.infer<typeof plainHistogram>;

export function toPlain(h: Histogram): PlainHistogram {
  const empty = h.total === 0;
  const first = empty ? 0 : h.counts.findIndex((n) => n > 0);
  const last = empty ? -1 : h.counts.findLastIndex((n) => n > 0);
  return {
    total: h.total,
    slices: h.slices,
    zeros: h.zeros,
    min: empty ? null : h.min,
    max: empty ? null : h.max,
    first,
    counts: Array.from(h.counts.subarray(first, last + 1)),
  };
}

/**
 * The histogram that `toPlain` wrote.
 * @throws UserError if `plain` is not one, or if its parts contradict each other
 */
export function fromPlain(plain: unknown): Histogram {
  const parsed = plainHistogram.safeParse(plain);
  if (!parsed.success) throw broken(issueOf(parsed.error));
  const { total, slices, zeros, min, max, first, counts } = parsed.data;
  const h = createHistogram();
  if (first + counts.length > BINS) throw broken('it has more bins than a histogram');
  if (counts.reduce((sum, n) => sum + n, 0) !== total) throw broken('its counts do not add up to its total');
  if (total === 0) {
    if (counts.length > 0 || slices > 0 || zeros > 0 || min !== null || max !== null) {
      throw broken('it is empty and yet has contents');
    }
    return h;
  }
  if (min === null || max === null || min > max) throw broken('min and max are not a range');
  if (slices === 0 || slices > total) throw broken('it has more slices than values, or none');

  const level = levelFor(Math.max(Math.abs(min), Math.abs(max)));
  const bin = (x: number) => Math.floor(x * 2 ** -level) + ZERO_BIN;
  h.counts.set(counts, first);
  if (bin(min) !== first || bin(max) !== first + counts.length - 1 || !counts[0] || !counts.at(-1)) {
    throw broken('min and max are not where its bins begin and end');
  }
  if (zeros > h.counts[ZERO_BIN] || (zeros > 0 && min > 0)) {
    throw broken('it has more zeros than its zero bin');
  }
  return Object.assign(h, { level, total, slices, zeros, min: min + 0, max: max + 0 });
}

function broken(what: string): UserError {
  return new UserError(`not a histogram of this tool: ${what}: run the calibration again`);
}
