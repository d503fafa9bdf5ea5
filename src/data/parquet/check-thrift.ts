/** A footer nests columns in row groups in the file, each with statistics; nothing nests deeper than twice that. */
const MAX_DEPTH = 12;
/** Values of one footer: a thousand row groups of a hundred columns take a million. */
const MAX_VALUES = 2 ** 21;
const MAX_VARINT_BYTES = 10;

const [TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12];

/**
 * Walks a struct of Thrift's compact protocol, so that a reader which trusts lengths and nesting may read it.
 *
 * @returns bytes that it takes
 * @throws RangeError when it is cut off, nests too deep, has too many values or a length that it does not hold
 */
export function checkThrift(bytes: Uint8Array): number {
  let at = 0;
  let values = 0;
  const skip = (count: number) => {
    if (!(count <= bytes.length - at)) throw new RangeError('a header is cut off');
    at += count;
  };
  const next = () => {
    skip(1);
    return bytes[at - 1];
  };
  const varint = () => {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = next();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of a header is too long');
  };
  const element = (type: number, depth: number): void => {
    if (++values > MAX_VALUES) throw new RangeError('a header has too many values');
    if (depth > MAX_DEPTH) throw new RangeError('a header is nested too deep');
    if (type === BYTE) skip(1);
    else if (type === I16 || type === I32 || type === I64) varint();
    else if (type === DOUBLE) skip(8);
    else if (type === BINARY) skip(varint());
    else if (type === LIST) list(depth);
    else if (type === STRUCT) struct(depth);
    else throw new RangeError(`a header has a value of unknown type ${type}`);
  };
  const list = (depth: number) => {
    const head = next();
    const size = head >> 4 === 15 ? varint() : head >> 4;
    const type = (head & 15) === TRUE || (head & 15) === FALSE ? BYTE : head & 15;
    // Every value takes a byte at least.
    if (size > bytes.length - at) throw new RangeError('a list of a header is longer than the header');
    for (let i = 0; i < size; i++) element(type, depth + 1);
  };
  const struct = (depth: number) => {
    for (let head = next(); (head & 15) !== 0; head = next()) {
      if (head >> 4 === 0) varint();
      const type = head & 15;
      if (type !== TRUE && type !== FALSE) element(type, depth + 1);
      else if (++values > MAX_VALUES) throw new RangeError('a header has too many values');
    }
  };
  struct(0);
  return at;
}
