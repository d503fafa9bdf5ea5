import { elementCount } from './tensor.ts';

/** Blocks of `size` places along a dimension other than that of the channels; the last one may be shorter. */
export interface Blocks {
  readonly axis: number;
  readonly size: number;
}

/** How a tensor is cut into the parts that have a scale each. */
export interface Channels {
  readonly dims: readonly number[];
  /** The dimension that counts its channels; null for a tensor that is taken as a whole. */
  readonly axis: number | null;
  /** Where each channel is cut once more. */
  readonly blocks?: Blocks;
}

/** The parts of a tensor, counted channel after channel, and within each of them block after block. */
export interface Parts {
  readonly count: number;
  /** How many in each channel. */
  readonly perChannel: number;
  /** The part of the element at a place in row-major order. */
  of(place: number): number;
}

/**
 * How the values of a tensor belong to its channels and blocks.
 *
 * @example partsOf({ dims: [64, 3], axis: 1, blocks: { axis: 0, size: 32 } }).count // 6
 */
export function partsOf({ dims, axis, blocks }: Channels): Parts {
  const { channels, inner } = layout(dims, axis);
  if (blocks === undefined) {
    const of = channels === 1 ? () => 0 : (i: number) => Math.floor(i / inner) % channels;
    return { count: channels, perChannel: 1, of };
  }
  const along = layout(dims, blocks.axis);
  const perChannel = Math.ceil(along.channels / blocks.size);
  const blockOf = (i: number) => Math.floor((Math.floor(i / along.inner) % along.channels) / blocks.size);
  return {
    count: channels * perChannel,
    perChannel,
    of: (i) => (Math.floor(i / inner) % channels) * perChannel + blockOf(i),
  };
}

/**
 * Walks through a tensor in row-major order, by stretches of neighbouring places that belong to the same part: a part for each
 * place takes twice as long.
 *
 * @param visit is given a part and the places [start, end)
 */
export function eachStretch(
  channels: Channels,
  length: number,
  visit: (part: number, start: number, end: number) => void,
): void {
  const { count, of } = partsOf(channels);
  if (channels.blocks !== undefined) {
    for (let i = 0; i < length; i++) visit(of(i), i, i + 1);
    return;
  }
  const { inner } = layout(channels.dims, channels.axis);
  for (let start = 0, part = 0; start < length; start += inner, part = part + 1 === count ? 0 : part + 1)
    visit(part, start, start + inner);
}

/** A copy of each part's values, contiguous. */
export function cut(data: Float32Array, channels: Channels): Float32Array[] {
  const { count, of } = partsOf(channels);
  const lengths = new Uint32Array(count);
  for (let i = 0; i < data.length; i++) lengths[of(i)]++;
  const parts = Array.from(lengths, (length) => new Float32Array(length));
  const filled = new Uint32Array(count);
  for (let i = 0; i < data.length; i++) {
    const part = of(i);
    parts[part][filled[part]++] = data[i];
  }
  return parts;
}

/** The tensor that is cut into `parts`. */
export function joined(parts: readonly Float32Array[], channels: Channels): Float32Array {
  const { count, of } = partsOf(channels);
  const taken = new Uint32Array(count);
  return Float32Array.from({ length: elementCount(channels.dims) }, (_, i) => parts[of(i)][taken[of(i)]++]);
}

/** A tensor seen as [outer, channels, inner] around its channel axis. */
export function layout(dims: readonly number[], axis: number | null) {
  if (axis === null) return { outer: 1, channels: 1, inner: elementCount(dims) };
  return {
    outer: elementCount(dims.slice(0, axis)),
    channels: dims[axis],
    inner: elementCount(dims.slice(axis + 1)),
  };
}
