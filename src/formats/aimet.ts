import { z } from 'zod';
import { printable, quote, UserError } from '../errors.ts';
import { tryJson } from '../json.ts';
import { quantParams } from '../numerics/grid.ts';
import {
  type FileContents,
  type LeftOut,
  type ParameterSet,
  type ReadParameters,
  rangesOf,
  type TensorParameters,
} from './parameter-set.ts';

// What the versions of AIMET's encodings share: Docs/techniques/encoding_spec.rst of qualcomm/aimet.

const object = z.record(z.string(), z.unknown());
const named = z.looseObject({ name: z.string() });

type Kind = TensorParameters['kind'];

/** The object of a JSON text, undefined if it is anything else. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  return text.trimStart().startsWith('{') ? tryJson(text, object) : undefined;
}

/** @throws UserError when the text is not a JSON object */
export function readObject(text: string, where: string): Record<string, unknown> {
  const file = jsonObject(text);
  if (file === undefined) throw new UserError(`${where} is not a JSON object: export the encodings again`);
  return file;
}

/**
 * The entries of a list of 1.0.0 or 2.x with the place of each for messages.
 *
 * @throws UserError when it is no list, an entry has no name, or two have the same
 */
export function namedEntries(
  values: unknown,
  where: string,
): { readonly value: unknown; readonly place: string }[] {
  if (!Array.isArray(values)) throw entryError(where, { path: [], message: 'is not a list' });
  const seen = new Set<string>();
  return values.map((value: unknown, i) => {
    const { data } = named.safeParse(value);
    if (data === undefined) throw entryError(where, { path: [i], message: 'is not an entry with a name' });
    const place = `${where} ${quote(data.name)}`;
    if (seen.has(data.name)) throw new UserError(`${place} is there twice: remove one of the two`);
    seen.add(data.name);
    return { value, place };
  });
}

/** What the entries of a file say, one by one. */
export function contentsOf(entries: readonly (ReadParameters | LeftOut)[]): FileContents {
  return {
    tensors: entries.filter((e) => 'scales' in e),
    left: entries.filter((e) => 'why' in e),
  };
}

/** The tensors of a set that a version can hold, in the order of the graph, and why it cannot hold the others. */
export function select(set: ParameterSet, obstacle: (t: TensorParameters) => string | undefined) {
  const left: LeftOut[] = [];
  const weights = new Map<string, TensorParameters>();
  for (const weight of [...set.layers.flatMap((layer) => layer.weight ?? []), ...set.constants]) {
    const first = weights.get(weight.name);
    if (first === undefined) weights.set(weight.name, weight);
    else if (JSON.stringify(first) !== JSON.stringify(weight)) {
      left.push({ name: weight.name, why: 'two layers quantize it differently: the first one’s is written' });
    }
  }
  const holds = (t: TensorParameters) => {
    const why = obstacle(t);
    if (why !== undefined) left.push({ name: t.name, why });
    return why === undefined;
  };
  return { activations: set.activations.filter(holds), weights: [...weights.values()].filter(holds), left };
}

/** Why a version without blocks cannot hold a tensor. */
export function blockObstacle(t: TensorParameters): string | undefined {
  return t.blocks && 'it has a scale for each block, which encodings 0.6.1 cannot say: take encodings: 1.0.0';
}

/** Why a version whose entries count channels by output channel cannot hold a tensor. */
export function channelObstacle(t: TensorParameters): string | undefined {
  return t.kind === 'activation' && t.axis !== null
    ? 'an activation has one scale in these encodings'
    : undefined;
}

/** Written as symmetric: a signed grid. Zero to 2^bits − 1 with zero point 0 is written as what it also is, asymmetric. */
export function isSignedSymmetric(t: TensorParameters): boolean {
  return t.symmetric && t.qmin < 0;
}

/**
 * The offset of every channel. Files of 0.x and 1.0.0 count q from 0 to 2^bits − 1 and mean (q + offset) · scale; q
 * of a signed grid less its least integer is that, so offset = qmin − zero point: −128 for symmetric int8.
 */
export function offsetsOf(t: TensorParameters): number[] {
  return t.zeroPoints.map((z) => t.qmin - z);
}

/** How the encodings were made: the specification calls it debugging information. */
export function quantizerArgs(
  activations: readonly TensorParameters[],
  weights: readonly TensorParameters[],
) {
  return {
    activation_bitwidth: usualBits(activations),
    dtype: 'int',
    is_symmetric: weights.some(isSignedSymmetric),
    param_bitwidth: usualBits(weights),
    per_channel_quantization: weights.some((t) => t.axis !== null),
    quant_scheme: 'post_training_tf',
  };
}

/** Bits that most of the tensors have, 8 where there are none. */
function usualBits(tensors: readonly TensorParameters[]): number {
  const counts = new Map<number, number>();
  for (const { bits } of tensors) counts.set(bits, (counts.get(bits) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? 8;
}

/** One channel of an entry of 0.x or 1.0.0. */
export interface Channel {
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * The parameters that an integer entry of 0.x or 1.0.0 means to the converters of SNPE and QNN: an offset may have
 * lost its sign, a symmetric one may be 0; without scale it comes from min and max. Left out when it says two ranges.
 *
 * @param place file and key for messages
 * @throws UserError when scale and offset are of no integer grid
 */
export function tensorOf(
  entry: { readonly name: string; readonly kind: Kind; readonly bits: number; readonly symmetric: boolean },
  channels: readonly Channel[],
  axis: ReadParameters['axis'],
  place: string,
): ReadParameters | LeftOut {
  const { name, kind, bits, symmetric } = entry;
  const half = 2 ** (bits - 1);
  const parts = channels.map((channel) => affine(channel, bits, symmetric, place));
  const least = -Math.abs(parts[0].offset);
  if (symmetric && parts.some(({ offset }) => -Math.abs(offset) !== least)) {
    throw new UserError(
      `${place}: channels of a symmetric tensor differ in offset: export the encodings again`,
    );
  }
  if (symmetric && ![0, -half, 1 - half].includes(least)) {
    throw new UserError(
      `${place}: offset ${least} of a symmetric tensor must be 0 or ${-half} or ${1 - half}: export the encodings again`,
    );
  }
  const beyond = parts.find(({ offset }) => Math.abs(offset) >= 2 * half);
  if (beyond !== undefined) {
    throw new UserError(
      `${place}: offset ${beyond.offset} is beyond ${bits} bits: export the encodings again`,
    );
  }
  const qmin = symmetric ? least || -half : 0;
  const tensor: ReadParameters = {
    name,
    kind,
    bits,
    symmetric,
    qmin,
    qmax: symmetric ? half - 1 : 2 * half - 1,
    axis,
    scales: parts.map(({ scale }) => scale),
    zeroPoints: parts.map(({ offset }) => (symmetric ? 0 : Math.abs(offset))),
  };
  const why = contradiction(tensor, channels);
  return why === undefined ? tensor : { name, why };
}

function affine(channel: Channel, bits: number, symmetric: boolean, place: string) {
  const { scale, offset = 0, min, max } = channel;
  if (scale !== undefined) return { scale: float32(scale, place), offset };
  if (min === undefined || max === undefined || !(min <= max)) {
    throw new UserError(`${place}: needs scale and offset, or min and max: export the encodings again`);
  }
  const half = 2 ** (bits - 1);
  const grid = symmetric
    ? { bits, qmin: -half, qmax: half - 1, symmetric }
    : { bits, qmin: 0, qmax: 2 * half - 1, symmetric };
  const params = quantParams({ alpha: min, beta: max }, grid);
  return { scale: params.scale, offset: grid.qmin - params.zeroPoint };
}

/** @throws UserError when a scale is no positive float32: the chip keeps no more of it */
export function float32(scale: number, place: string): number {
  const rounded = Math.fround(scale);
  if (rounded > 0 && rounded < Infinity) return rounded;
  throw new UserError(`${place}: scale ${scale} is not a positive float32: export the encodings again`);
}

/**
 * How min and max of a channel contradict its scale and offset. Exporters round them in their own ways, by up to a
 * step; files edited by hand say two ranges, and which of them a converter takes is not known.
 */
function contradiction(tensor: ReadParameters, channels: readonly Channel[]): string | undefined {
  for (const [i, { alpha, beta }] of rangesOf(tensor).entries()) {
    const { scale, min = alpha, max = beta } = channels[i];
    const step = tensor.scales[i] * (1 + 1e-6) + 1e-6 * (beta - alpha);
    if (scale !== undefined && (Math.abs(min - alpha) > step || Math.abs(max - beta) > step)) {
      return `says two ranges: min ${min} and max ${max}, but scale and offset mean ${alpha} to ${beta}`;
    }
  }
  return undefined;
}

/** The first problem of an entry, on one line. */
export function entryError(
  place: string,
  issue: { readonly path: readonly PropertyKey[]; readonly message: string },
): UserError {
  const key = issue.path.length === 0 ? '' : ` ${printable(issue.path.map(String).join('.'))}:`;
  return new UserError(`${place}:${key} ${quote(issue.message)}: export the encodings again`);
}
