import { type FileHandle, open } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { messageOf, UserError } from '../errors.ts';
import type { ElementType } from '../numerics/tensor.ts';
import { ValueInfoProtoSchema } from './gen/onnx_pb.ts';
import { elementTypeOf } from './tensors.ts';

/** An input or output as a file declares it: null stands for a dynamic dimension. */
export interface DeclaredPort {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | null)[];
}

/** What a model file says of itself beside its weights. */
export interface ModelHeader {
  /** Those that are fed: initializers that IR 3 lists as inputs are none. */
  readonly inputs: readonly DeclaredPort[];
  readonly outputs: readonly DeclaredPort[];
  /** Types of the operators of the main graph. */
  readonly operators: ReadonlySet<string>;
}

/** Fields of all messages that are walked: a model of 50,000 nodes has a million. */
const MAX_FIELDS = 4_000_000;
/** Bytes of a name, or of an input's type. */
const MAX_SMALL_BYTES = 2 ** 16;
const CHUNK_BYTES = 2 ** 16;

const MODEL = { graph: 7 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 };
const NODE = { opType: 4 };
const TENSOR = { name: 8 };

/**
 * Reads inputs, outputs and operators of an ONNX file of any size: weights are passed over, not read.
 *
 * @throws UserError when it cannot be read or is not an ONNX model
 */
export async function readModelHeader(path: string, where: string): Promise<ModelHeader> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    return await walkModel({ bytes: windowOf(file), fields: 0 }, size);
  } catch (error) {
    throw new UserError(`${where} is no ONNX model that can be read (${messageOf(error)}): export it again`);
  } finally {
    await file?.close();
  }
}

interface Walk {
  /** Bytes of the file from an offset, fewer where it ends; valid until the next call. */
  readonly bytes: (at: number, length: number) => Promise<Uint8Array>;
  fields: number;
}

function windowOf(file: FileHandle): Walk['bytes'] {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let [start, end] = [0, 0];
  return async (at, length) => {
    if (at < start || at + length > end) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      [start, end] = [at, at + bytesRead];
    }
    return chunk.subarray(at - start, Math.min(at - start + length, end - start));
  };
}

async function walkModel(walk: Walk, size: number): Promise<ModelHeader> {
  const operators = new Set<string>();
  const weights = new Set<string>();
  const inputs: DeclaredPort[] = [];
  const outputs: DeclaredPort[] = [];
  let hasGraph = false;
  for await (const model of fieldsOf(walk, 0, size)) {
    if (model.number !== MODEL.graph) continue;
    hasGraph = true;
    for await (const { number, from, to } of fieldsOf(walk, model.from, model.to)) {
      if (number === GRAPH.node) operators.add(await textIn(walk, from, to, NODE.opType));
      else if (number === GRAPH.initializer) weights.add(await textIn(walk, from, to, TENSOR.name));
      else if (number === GRAPH.input) inputs.push(...(await portIn(walk, from, to)));
      else if (number === GRAPH.output) outputs.push(...(await portIn(walk, from, to)));
    }
  }
  if (!hasGraph || operators.size === 0) throw new Error('it has no graph');
  return { inputs: inputs.filter(({ name }) => !weights.has(name)), outputs, operators };
}

interface Field {
  readonly number: number;
  /** Of its content. */
  readonly from: number;
  readonly to: number;
}

/** The fields of a message that have a length, in their order. */
async function* fieldsOf(walk: Walk, start: number, end: number): AsyncGenerator<Field> {
  for (let at = start; at < end; ) {
    if (++walk.fields > MAX_FIELDS) throw new Error(`it has more than ${MAX_FIELDS} parts`);
    const [tag, from] = await varint(walk, at, end);
    if (tag < 8) throw new Error('it is damaged');
    const skipped = { 0: 0, 1: 8, 5: 4 }[tag % 8];
    if (tag % 8 === 0) [, at] = await varint(walk, from, end);
    else if (skipped !== undefined) at = from + skipped;
    else if (tag % 8 === 2) {
      const [length, content] = await varint(walk, from, end);
      at = content + length;
      if (at > end) throw new Error('it is cut off');
      yield { number: Math.floor(tag / 8), from: content, to: at };
    } else throw new Error('it is damaged');
  }
}

async function textIn(walk: Walk, start: number, end: number, wanted: number): Promise<string> {
  for await (const { number, from, to } of fieldsOf(walk, start, end))
    if (number === wanted) return Buffer.from(await small(walk, from, to)).toString('utf8');
  return '';
}

/** What is no tensor of a type that is read is no port. */
async function portIn(walk: Walk, from: number, to: number): Promise<DeclaredPort[]> {
  const { name, type } = fromBinary(ValueInfoProtoSchema, await small(walk, from, to));
  if (type?.value.case !== 'tensorType') return [];
  const { elemType, shape } = type.value.value;
  const element = elementTypeOf(elemType);
  const dims = (shape?.dim ?? []).map(({ value }) =>
    value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : null,
  );
  return element === undefined ? [] : [{ name, type: element, dims }];
}

async function small(walk: Walk, from: number, to: number): Promise<Uint8Array> {
  if (to - from > MAX_SMALL_BYTES) throw new Error('a name or a type in it is far too long');
  const bytes = await walk.bytes(from, to - from);
  if (bytes.length < to - from) throw new Error('it is cut off');
  return bytes;
}

async function varint(walk: Walk, at: number, end: number): Promise<[value: number, end: number]> {
  const bytes = await walk.bytes(at, Math.min(10, end - at));
  let value = 0;
  for (let i = 0, factor = 1; i < bytes.length; i++, factor *= 128) {
    value += (bytes[i] & 0x7f) * factor;
    if (bytes[i] < 0x80) return [value, at + i + 1];
  }
  throw new Error('it is cut off');
}
