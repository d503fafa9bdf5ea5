import { BINS, ZERO_BIN } from './bins.ts';
import { clearSlots, countSlots, drainSlots } from './count-slots.ts';

/**
 * Histogram that merges exactly. A bin is w = 2^level wide, bin i holds [(i − 4096)·w, (i − 4095)·w), and the
 * level depends on nothing but the largest magnitude seen. When that grows, pairs of bins fold into one:
 * floor(floor(x/w) / 2) = floor(x/2w), also for negative x. So whatever the order in which slices are observed
 * and shards merged, the result is the same bit for bit.
 */
export interface Histogram {
  /** log2 of the bin width. */
  level: number;
  /** Values per bin; integers, exact up to 2^53. */
  readonly counts: Float64Array;
  /** How many of the values in bin 4096 are exactly zero; a grid represents those without error. */
  zeros: number;
  /** Values seen. */
  total: number;
  /** Slices seen. */
  slices: number;
  /** Exact least and greatest value; +Infinity and -Infinity before the first. */
  min: number;
  max: number;
}

/** The level of the smallest positive float32, 2^-149, and of nothing but zeros. */
export const LOWEST_LEVEL = -160;
/** The level of the greatest float32, just below 2^128. */
export const HIGHEST_LEVEL = 116;

/** A histogram of nothing. */
export function createHistogram(): Histogram {
  return {
    level: LOWEST_LEVEL,
    counts: new Float64Array(BINS),
    zeros: 0,
    total: 0,
    slices: 0,
    min: Infinity,
    max: -Infinity,
  };
}

/** The width of a bin, in the unit of the data. */
export function binWidth(h: Histogram): number {
  return 2 ** h.level;
}

/** The least level whose bins hold −absMax and +absMax: the one with 2048·w <= absMax < 4096·w. */
export function levelFor(absMax: number): number {
  if (absMax === 0) return LOWEST_LEVEL;
  let exponent = Math.floor(Math.log2(absMax));
  // log2 of a number just below a power of two may round up to it.
  if (2 ** exponent > absMax) exponent--;
  return exponent - 11;
}

/**
 * Add a slice of values, whose exact least and greatest values are `min` and `max`. An empty
 * slice changes nothing. Returns false, and leaves the histogram as it was, if there is a NaN or an infinity
 * among the values or in `min` and `max`.
 * @throws Error if a value lies outside [min, max]: a bug of the caller
 */
export function observe(h: Histogram, data: Float32Array, min: number, max: number): boolean {
  const { length } = data;
  if (length === 0) return true;
  if (!Number.isFinite(min) || !Number.isFinite(max)) return false;
  const level = Math.max(h.level, levelFor(Math.max(Math.abs(min), Math.abs(max))));
  if (!countSlots(data, level) && !data.every(Number.isFinite)) {
    clearSlots();
    return false;
  }
  raiseTo(h, level);
  const { sum, zeros } = drainSlots(h.counts, level, min, max);
  if (sum !== length) {
    clearSlots();
    throw new Error(`a value lies outside the given [${min}, ${max}]`);
  }
  h.zeros += zeros;
  h.total += length;
  h.slices++;
  h.min = Math.min(h.min, min) + 0;
  h.max = Math.max(h.max, max) + 0;
  return true;
}

/** Add all that `from` has seen; `from` stays as it is. */
export function merge(into: Histogram, from: Histogram): void {
  raiseTo(into, from.level);
  const shift = into.level - from.level;
  for (let bin = 0; bin < BINS; bin++) {
    if (from.counts[bin] !== 0) into.counts[foldedBin(bin, shift)] += from.counts[bin];
  }
  into.zeros += from.zeros;
  into.total += from.total;
  into.slices += from.slices;
  into.min = Math.min(into.min, from.min);
  into.max = Math.max(into.max, from.max);
}

/** The histogram with everything below `floor` at it; the same where nothing is, or where all of it is. */
export function floored(h: Histogram, floor: number): Histogram {
  if (!(floor > h.min && floor <= h.max)) return h;
  const first = Math.floor(floor * 2 ** -h.level) + ZERO_BIN;
  const counts = h.counts.slice();
  const below = counts.subarray(0, first).reduce((sum, count) => sum + count, 0);
  counts.fill(0, 0, first);
  counts[first] += below;
  return { ...h, counts, min: floor };
}

function raiseTo(h: Histogram, level: number): void {
  if (level <= h.level) return;
  const fine = h.counts.slice();
  h.counts.fill(0);
  for (let bin = 0; bin < BINS; bin++) h.counts[foldedBin(bin, level - h.level)] += fine[bin];
  h.level = level;
}

/** Where a bin goes when the bin width doubles `times` times. */
function foldedBin(bin: number, times: number): number {
  // Thirteen doublings leave a bin on either side of zero, and a shift takes its count modulo 32.
  return ((bin - ZERO_BIN) >> Math.min(times, 13)) + ZERO_BIN;
}
