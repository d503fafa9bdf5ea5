import { attributeOf } from '../onnx/graph.ts';
import type { Layer } from './layer.ts';
import type { OutputChannels } from './output-channels.ts';

/** How the places of a transposed convolution's output see its kernel: those of one phase see the same part of it. */
export interface Phases {
  readonly count: number;
  /** @param index of a value in the weight's own layout */
  phaseOf(index: number): number;
  /** The output's height, width and so on. */
  readonly size: readonly number[];
  /** The phase of each place of the output, in its own layout. */
  readonly places: readonly number[];
}

/** More values than this are not spread over the output. */
const MOST_PLACES = 2 ** 18;

/**
 * The phases of a ConvTranspose with strides.
 *
 * @param dims of its weight
 * @param size the output's height, width and so on; undefined where they are not known
 * @returns undefined for other layers, for a single phase, and where padding or the size are not given in numbers
 */
export function phasesOf(
  { op, node }: Layer,
  dims: readonly number[],
  size: readonly number[] | undefined,
): Phases | undefined {
  const kernel = dims.slice(2);
  const numbers = (name: string) => attributeOf(node, name)?.ints.map(Number);
  const strides = numbers('strides') ?? kernel.map(() => 1);
  const isPlain = ['auto_pad', 'output_shape', 'dilations'].every((name) => !isGiven(node, name));
  if (op !== 'ConvTranspose' || size === undefined || !isPlain || strides.every((stride) => stride === 1))
    return undefined;
  if (size.reduce((a, b) => a * b, 1) > MOST_PLACES) return undefined;
  const pads = numbers('pads') ?? kernel.map(() => 0);
  const phaseAt = (place: readonly number[]) =>
    place.reduce((phase, at, i) => phase * strides[i] + (at % strides[i]), 0);
  return {
    count: strides.reduce((a, b) => a * b, 1),
    phaseOf: (index) => phaseAt(placeOf(index, kernel)),
    size,
    places: Array.from({ length: size.reduce((a, b) => a * b, 1) }, (_, index) =>
      phaseAt(placeOf(index, size).map((at, i) => at + pads[i])),
    ),
  };
}

/** Every phase as a channel of its own. */
export function withPhases({ count, channelOf }: OutputChannels, phases: Phases): OutputChannels {
  return {
    count: count * phases.count,
    channelOf: (index) => channelOf(index) * phases.count + phases.phaseOf(index),
  };
}

/** One value per channel, for each of its phases. */
export function eachPhase(values: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: values.length * count }, (_, i) => values[Math.floor(i / count)]);
}

/** Values per channel and phase, at every place of the output: channels × size. */
export function spreadOver({ count, places }: Phases, values: ArrayLike<number>): Float32Array {
  const channels = values.length / count;
  const spread = new Float32Array(channels * places.length);
  for (let c = 0; c < channels; c++)
    for (const [i, phase] of places.entries()) spread[c * places.length + i] = values[c * count + phase];
  return spread;
}

/** The place of a value in the last dimensions of a tensor. */
function placeOf(index: number, dims: readonly number[]): number[] {
  const place = new Array<number>(dims.length);
  let left = index;
  for (let i = dims.length - 1; i >= 0; i--) {
    place[i] = left % dims[i];
    left = Math.floor(left / dims[i]);
  }
  return place;
}

function isGiven(node: Layer['node'], name: string): boolean {
  const attribute = attributeOf(node, name);
  if (attribute === undefined) return false;
  const text = new TextDecoder().decode(attribute.s);
  return name === 'auto_pad' ? text !== 'NOTSET' : attribute.ints.some((value) => value !== 1n);
}
