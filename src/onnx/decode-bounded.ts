import { type DescMessage, fromBinary, type MessageShape, ScalarType } from '@bufbuild/protobuf';

/** Bytes of memory that objects, numbers and texts of a message may take (1 GiB); `raw_data` is a view and takes none. */
const MAX_MEMORY = 2 ** 30;

/** Bytes of memory, roughly, of an object with its empty lists, of an element of a list, and of one of 64 bits. */
const PER_MESSAGE = 400;
const PER_NUMBER = 8;
const PER_BIGINT = 32;
const PER_TEXT = 40;

const LONG: readonly ScalarType[] = [
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
];

/**
 * Decodes a protobuf message whose memory is bounded beforehand: a message of two bytes becomes an object of hundreds,
 * a number of one byte one of 32, and what the heap cannot hold ends the process.
 *
 * @throws Error when it is no such message, or takes more memory than is given to it
 */
export function decodeBounded<T extends DescMessage>(
  schema: T,
  bytes: Uint8Array,
  most = MAX_MEMORY,
): MessageShape<T> {
  spend({ bytes, left: most }, { schema, from: 0, to: bytes.length, depth: 0 });
  return fromBinary(schema, bytes);
}

interface Walk {
  readonly bytes: Uint8Array;
  left: number;
}

/** Where a message lies. */
interface Extent {
  readonly schema: DescMessage;
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/** Deeper than the bodies and types of any model nest; protobuf's own readers stop here as well. */
const MAX_DEPTH = 100;

function spend(walk: Walk, { schema, from, to, depth }: Extent): void {
  if (depth > MAX_DEPTH) throw new Error(`messages nest deeper than ${MAX_DEPTH}`);
  take(walk, PER_MESSAGE);
  for (let at = from; at < to; ) {
    const [tag, start] = varint(walk.bytes, at, to);
    const field = fieldOf(schema, Math.floor(tag / 8));
    let end: number;
    switch (tag % 8) {
      case 0:
        [, end] = varint(walk.bytes, start, to);
        take(walk, PER_BIGINT);
        break;
      case 1:
        end = start + 8;
        take(walk, PER_BIGINT);
        break;
      case 5:
        end = start + 4;
        take(walk, PER_NUMBER);
        break;
      case 2: {
        const [length, inner] = varint(walk.bytes, start, to);
        end = inner + length;
        if (end > to) throw new Error('cut off');
        if (field?.message !== undefined)
          spend(walk, { schema: field.message, from: inner, to: end, depth: depth + 1 });
        else take(walk, PER_TEXT + memoryOf(walk, field?.scalar, inner, end));
        break;
      }
      default:
        throw new Error(`wire type ${tag % 8}`);
    }
    if (end > to) throw new Error('cut off');
    at = end;
  }
}

/** Of a text, of bytes, or of a packed list. */
function memoryOf({ bytes }: Walk, scalar: ScalarType | undefined, from: number, to: number): number {
  switch (scalar) {
    case undefined:
      return to - from;
    case ScalarType.BYTES:
      return 0;
    case ScalarType.STRING:
      return 2 * (to - from);
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return ((to - from) / 4) * PER_NUMBER;
    case ScalarType.DOUBLE:
      return ((to - from) / 8) * PER_NUMBER;
    default: {
      let count = 0;
      for (let i = from; i < to; i++) if (bytes[i] < 0x80) count++;
      return count * (LONG.includes(scalar) ? PER_BIGINT : PER_NUMBER);
    }
  }
}

function take(walk: Walk, memory: number): void {
  walk.left -= memory;
  if (walk.left < 0)
    throw new Error('its parts take more memory than is given to a file: store values in raw_data');
}

type Field = { readonly message?: DescMessage; readonly scalar?: ScalarType };

const fields = new WeakMap<DescMessage, ReadonlyMap<number, Field>>();

/** A field by its number; what ONNX does not know is kept as bytes. */
function fieldOf(schema: DescMessage, number: number): Field | undefined {
  let known = fields.get(schema);
  if (known === undefined) {
    known = new Map(schema.fields.map((field) => [field.number, field as Field]));
    fields.set(schema, known);
  }
  return known.get(number);
}

/** A number of up to ten bytes, and where it ends. */
function varint(bytes: Uint8Array, from: number, to: number): [value: number, end: number] {
  let value = 0;
  for (let at = from, factor = 1; at < Math.min(to, from + 10); at++, factor *= 128) {
    value += (bytes[at] & 0x7f) * factor;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
  throw new Error('cut off');
}
