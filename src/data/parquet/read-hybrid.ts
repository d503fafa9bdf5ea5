/** Bits of a value, as many as four bytes hold wherever it starts in the first. */
const MAX_WIDTH = 24;

/**
 * Reads levels or indices in Parquet's hybrid of runs and packed bits (Parquet format, "RLE / bit-packing hybrid") until `out`
 * is full. What a run has beyond that is left.
 *
 * @param width bits of a value; at 0 all are 0
 * @returns `out`
 * @throws RangeError when the bytes end before
 */
export function readHybrid<T extends Uint8Array | Int32Array>(bytes: Uint8Array, width: number, out: T): T {
  if (width > MAX_WIDTH) throw new RangeError(`values of ${width} bits`);
  if (width === 0) return out;
  let at = 0;
  for (let done = 0; done < out.length; ) {
    const [header, start] = varint(bytes, at);
    const runLength = Math.floor(header / 2) * (header % 2 === 1 ? 8 : 1);
    const count = Math.min(runLength, out.length - done);
    const taken = header % 2 === 1 ? Math.ceil((count * width) / 8) : Math.ceil(width / 8);
    if (start + taken > bytes.length) throw new RangeError('a run of values is cut off');
    if (header % 2 === 1) unpack(bytes, start, width, out.subarray(done, done + count));
    else out.fill(wordAt(bytes, start) & (2 ** width - 1), done, done + count);
    done += count;
    at = header % 2 === 1 ? start + (runLength * width) / 8 : start + taken;
  }
  return out;
}

function unpack(bytes: Uint8Array, start: number, width: number, out: Uint8Array | Int32Array): void {
  const mask = 2 ** width - 1;
  for (let i = 0, bit = 0; i < out.length; i++, bit += width)
    out[i] = (wordAt(bytes, start + (bit >>> 3)) >>> (bit & 7)) & mask;
}

/** Four bytes, the lowest first; zeros beyond the end. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function varint(bytes: Uint8Array, from: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) throw new RangeError('a run of values is cut off');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, from + i + 1];
  }
  throw new RangeError('the length of a run is too long');
}
