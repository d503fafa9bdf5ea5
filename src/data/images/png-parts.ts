/** What a PNG says of its pixels (PNG 11.2.1). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a channel, or of an index into the palette. */
  readonly depth: number;
  readonly channels: number;
  readonly hasPalette: boolean;
  readonly isInterlaced: boolean;
}

/** A PNG without all that is no pixels. */
export interface PngParts {
  readonly header: PngHeader;
  /** The compressed pixels. */
  readonly data: Uint8Array;
  /** The same file with header, palette, transparency and pixels alone: no text, no profile that unpacks to anything. */
  readonly file: Uint8Array;
}

const SIGNATURE_BYTES = 8;
const HEADER_BYTES = 13;
/** Length, type and checksum. */
const FRAME_BYTES = 12;
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;

/** The most bytes of chunks that come once: 256 colours, and the alpha of each. */
const ONCE: Readonly<Record<string, number>> = { PLTE: 768, tRNS: 256 };

/**
 * Takes a PNG apart by its chunks, of which nothing is unpacked.
 *
 * @throws Error when the file is cut off or not put together as a PNG is
 */
export function pngParts(bytes: Uint8Array): PngParts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE_BYTES)];
  const data: Uint8Array[] = [];
  const seen = new Set<string>();
  let header: PngHeader | undefined;
  for (let at = SIGNATURE_BYTES; ; ) {
    if (at + FRAME_BYTES > bytes.length) throw new Error('cut off');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + FRAME_BYTES + length;
    if (end > bytes.length) throw new Error('cut off');
    if (header === undefined) {
      if (type !== 'IHDR' || length !== HEADER_BYTES) throw new Error('no header');
      header = headerAt(view, at + 8);
      kept.push(bytes.subarray(at, end));
    } else if (type === 'IHDR') {
      throw new Error('two headers');
    } else if (type === 'IDAT') {
      data.push(bytes.subarray(at + 8, end - 4));
      kept.push(bytes.subarray(at, end));
    } else if (type in ONCE) {
      if (seen.has(type) || length > ONCE[type]) throw new Error(`${type} is too long or there twice`);
      seen.add(type);
      kept.push(bytes.subarray(at, end));
    } else if (type === 'IEND') {
      kept.push(bytes.subarray(at, end));
      return { header, data: Buffer.concat(data), file: Buffer.concat(kept) };
    }
    at = end;
  }
}

function headerAt(view: DataView, at: number): PngHeader {
  const [depth, colour, interlace] = [at + 8, at + 9, at + 12].map((place) => view.getUint8(place));
  const channels = CHANNELS[colour];
  if (channels === undefined || interlace > 1) throw new Error('damaged header');
  return {
    width: view.getUint32(at),
    height: view.getUint32(at + 4),
    depth,
    channels,
    hasPalette: colour === PALETTE,
    isInterlaced: interlace === 1,
  };
}

/** First pixel and step of the seven passes of Adam7, in x and y (PNG 8.2). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bytes of the pixels as they are unpacked: each line with the number of its filter. */
export function rawBytes({ width, height, depth, channels, isInterlaced }: PngHeader): number {
  const passes = isInterlaced ? PASSES : [[0, 0, 1, 1] as const];
  return passes
    .map(([left, top, dx, dy]) => {
      const [across, down] = [Math.ceil((width - left) / dx), Math.ceil((height - top) / dy)];
      return across > 0 && down > 0 ? down * (1 + Math.ceil((across * depth * channels) / 8)) : 0;
    })
    .reduce((sum, each) => sum + each, 0);
}
