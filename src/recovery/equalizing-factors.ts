import type { EqualizablePair } from './equalizable.ts';
import type { LinearLayer } from './linear-layer.ts';
import { type ChannelFactors, channelMagnitudes, kernelMagnitudes, unitFactors } from './weight-matrix.ts';

/** What equalizes pairs of layers. */
export interface EqualizingFactors {
  /** s of each channel of the pairs that are not equal already: the first layer is divided by it. */
  readonly pairs: ReadonlyMap<EqualizablePair, Float64Array>;
  /** What the channels of the layers of these pairs are multiplied by. */
  readonly layers: ReadonlyMap<LinearLayer, ChannelFactors>;
}

/** As many as DFQ and its successors take. */
const ROUNDS = 20;

/** Beyond these s says more of a channel that is all but dead than of the ranges. */
const [LEAST, MOST] = [1e-4, 1e4];

/** A channel is dead where its largest weight is this part of the layer's, or less: training leaves 1e-12 rather than 0. */
const DEAD = 1e-6;

/** Relative changes of s that no float32 weight shows. */
const SETTLED = 1e-8;

/** Where every s is as close to 1 as this, the ranges are equal already but for float32's rounding. */
const EQUAL = 1e-6;

/** A pair while its factors are sought. */
interface Sought {
  readonly pair: EqualizablePair;
  readonly s: Float64Array;
  /** Whether a channel has weights on both sides. */
  readonly isAlive: readonly boolean[];
  /** Whether the second layer reads 0 from a channel in which the first one has no weights. */
  readonly isSilent: readonly boolean[];
}

/** A layer while its factors are sought. */
interface Scaled {
  readonly layer: LinearLayer;
  /** The largest |w| of each kernel. */
  readonly kernels: Float32Array;
  readonly factors: ChannelFactors;
}

type ScaledOf = (layer: LinearLayer) => Scaled;

/**
 * The factors with which r1 = r2 for each channel of each pair, r = max|w| of the channel: s = √(r1·r2)/r2, pair by pair,
 * again and again, as a layer may be the second one of a pair and the first one of the next. No s leaves 1e-4 … 1e4.
 *
 * A channel that is dead on one side has nothing to equalize: s is 1, or what keeps the other side from setting the range
 * of its whole layer, unless that would scale up what the bias alone makes of it. (With s = 1 for all of them, eight-bit
 * weights of one scale are worse than without equalization on a MobileNet, whose dead channels go with large weights.)
 *
 * Source: arXiv 1906.04721, §4.1 and appendix A; for depthwise triples its limit is s12 = r1/∛(r1·r2·r3).
 */
export function equalizingFactors(pairs: readonly EqualizablePair[]): EqualizingFactors {
  const scaled = new Map<LinearLayer, Scaled>();
  for (const layer of pairs.flatMap(({ first, second }) => [first, second])) {
    const { matrix } = layer;
    if (scaled.has(layer)) continue;
    scaled.set(layer, { layer, kernels: kernelMagnitudes(matrix), factors: unitFactors(matrix) });
  }
  const scaledOf: ScaledOf = (layer) => scaled.get(layer)!;
  const all = pairs.map((pair) => seek(pair, scaledOf));
  for (let round = 0, moved = Infinity; round < ROUNDS && moved > SETTLED; round++)
    moved = all.reduce((most, sought) => Math.max(most, equalizePair(sought, scaledOf)), 0);
  const unequal = all.filter(({ s }) => s.some((factor) => Math.abs(factor - 1) > EQUAL));
  const layers = new Map<LinearLayer, ChannelFactors>();
  for (const { pair, s } of unequal) {
    for (const layer of [pair.first, pair.second])
      if (!layers.has(layer)) layers.set(layer, unitFactors(layer.matrix));
    put(pair, s, (layer) => layers.get(layer)!);
  }
  return { pairs: new Map(unequal.map(({ pair, s }) => [pair, s])), layers };
}

function seek(pair: EqualizablePair, scaledOf: ScaledOf): Sought {
  const ranges = rangesOf(pair, scaledOf);
  const least = ranges.map((r) => DEAD * largestOf(r));
  const s = new Float64Array(pair.channels).fill(1);
  const isAlive = Array.from(s, (_, c) => ranges.every((r, side) => r[c] > least[side]));
  return { pair, s, isAlive, isSilent: silentChannels(pair) };
}

function silentChannels({ bias, between, channels }: EqualizablePair): boolean[] {
  const isSilent = new Array<boolean>(channels).fill(true);
  const cutsNegative = between.some(({ node }) => node.opType === 'Relu' || node.opType === 'Clip');
  bias?.data.forEach((b, i) => {
    if (b !== 0 && !(b < 0 && cutsNegative)) isSilent[i % channels] = false;
  });
  return isSilent;
}

/** Changes s of a pair so that its ranges are equal, and gives the largest relative change. */
function equalizePair({ pair, s, isAlive, isSilent }: Sought, scaledOf: ScaledOf): number {
  const [made, read] = rangesOf(pair, scaledOf);
  const [mostMade, mostRead] = [made, read].map((r) => largestOf(r.filter((_, c) => isAlive[c])));
  const stepOf = (channel: number) => {
    const [r1, r2] = [made[channel], read[channel]];
    if (isAlive[channel]) return Math.sqrt(r1 / r2);
    if (r1 > mostMade) return r1 / mostMade;
    return r2 > mostRead && isSilent[channel] ? mostRead / r2 : 1;
  };
  let moved = 0;
  for (let channel = 0; channel < s.length; channel++) {
    const step = stepOf(channel);
    if (!(step > 0 && step < Infinity)) continue;
    const next = Math.min(Math.max(s[channel] * step, LEAST), MOST);
    moved = Math.max(moved, Math.abs(next / s[channel] - 1));
    s[channel] = next;
  }
  put(pair, s, (layer) => scaledOf(layer).factors);
  return moved;
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** r1 and r2 of each channel, with the factors so far. */
function rangesOf(
  { first, second, channels, block }: EqualizablePair,
  scaledOf: ScaledOf,
): [made: Float64Array, read: Float64Array] {
  const of = ({ layer, kernels, factors }: Scaled, side: 'inputs' | 'outputs') =>
    channelMagnitudes(layer.matrix, kernels, factors, side);
  const inputs = of(scaledOf(second), 'inputs');
  const read = new Float64Array(channels);
  inputs.forEach((r, input) => {
    const channel = Math.floor(input / block);
    read[channel] = Math.max(read[channel], r);
  });
  return [of(scaledOf(first), 'outputs'), read];
}

function put(
  { first, second, block }: EqualizablePair,
  s: Float64Array,
  factorsOf: (layer: LinearLayer) => ChannelFactors,
): void {
  const [{ outputs }, { inputs }] = [factorsOf(first), factorsOf(second)];
  s.forEach((factor, channel) => {
    outputs[channel] = 1 / factor;
    inputs.fill(factor, channel * block, (channel + 1) * block);
  });
}
