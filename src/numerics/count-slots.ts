import { BINS } from './bins.ts';
import { wasm } from './gen/count-slots-wasm.ts';

/*
 * Slots of the counting loop: 2k + 1 for what lies strictly between k·w and (k+1)·w, 2k for k·w itself, moved up
 * to start at 1. Zero so has a slot of its own and needs no comparison. The first slot is left for NaN and what lies below all
 * bins, the last for what lies above.
 */
const ZERO_SLOT = BINS + 1;
const LAST_SLOT = 2 * BINS + 1;
const SLOTS = LAST_SLOT + 1;

/** Values that are handed over at once. */
const PIECE = 16_384;

interface Loop {
  readonly memory: { readonly buffer: ArrayBuffer };
  countSlots(
    at: number,
    end: number,
    first: number,
    second: number,
    zero: number,
    last: number,
    even: number,
    odd: number,
  ): void;
}

const { memory, countSlots: loop } = new WebAssembly.Instance(
  new WebAssembly.Module(Buffer.from(wasm, 'base64')),
).exports as unknown as Loop;

/** Shared by all histograms, and all zero between calls. */
const even = new Uint32Array(memory.buffer, 0, SLOTS);
const odd = new Uint32Array(memory.buffer, even.byteLength, SLOTS);
const piece = new Float32Array(memory.buffer, even.byteLength + odd.byteLength, PIECE);

/**
 * Counts values by slots, in bins that are 2^level wide.
 *
 * @returns whether each of them has a bin; {@link clearSlots} is due if not, {@link drainSlots} if so
 */
export function countSlots(data: Float32Array, level: number): boolean {
  // A float32 holds no 2^128, and 2^-level goes up to 2^160.
  const first = 2 ** Math.min(-level, 100);
  const second = 2 ** -level / first;
  for (let start = 0; start < data.length; start += PIECE) {
    const part = data.subarray(start, start + PIECE);
    const whole = part.length - (part.length % 4);
    piece.set(part);
    const at = piece.byteOffset;
    const end = at + whole * piece.BYTES_PER_ELEMENT;
    loop(at, end, first, second, ZERO_SLOT, LAST_SLOT, even.byteOffset, odd.byteOffset);
    for (let i = whole; i < part.length; i++) even[slotOf(part[i], level)]++;
  }
  return even[0] + odd[0] + even[LAST_SLOT] + odd[LAST_SLOT] === 0;
}

/**
 * Moves the counts between two values to their bins.
 *
 * @returns how many they are, and how many of them are exactly zero
 */
export function drainSlots(
  counts: Float64Array,
  level: number,
  min: number,
  max: number,
): { readonly sum: number; readonly zeros: number } {
  const [first, last] = [slotOf(min, level), slotOf(max, level)];
  const zeros = even[ZERO_SLOT] + odd[ZERO_SLOT];
  let sum = 0;
  for (let bin = (first - 1) >> 1, slot = 2 * bin + 1; slot <= last; bin++, slot += 2) {
    const n = even[slot] + odd[slot] + even[slot + 1] + odd[slot + 1];
    counts[bin] += n;
    sum += n;
  }
  even.fill(0, first - 1, last + 2);
  odd.fill(0, first - 1, last + 2);
  return { sum, zeros };
}

/** Forgets what was counted. */
export function clearSlots(): void {
  even.fill(0);
  odd.fill(0);
}

function slotOf(x: number, level: number): number {
  const t = x * 2 ** -level;
  const slot = Math.floor(t) + Math.ceil(t) + ZERO_SLOT;
  return slot > 0 ? Math.min(slot, LAST_SLOT) : 0;
}
