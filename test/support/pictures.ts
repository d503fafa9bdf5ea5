import golden from './golden/images.json' with { type: 'json' };

const bytesOf = (base64: string) => Buffer.from(base64, 'base64');

/** An EXIF segment (APP1, TIFF little-endian) that says nothing but "turn me clockwise": orientation 6. */
const turned = Buffer.from('ffe1002245786966000049492a0008000000010012010300010000000600000000000000', 'hex');

/** The same JPEG with an EXIF orientation behind its start marker. */
function turnedClockwise(jpeg: Buffer): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), turned, jpeg.subarray(2)]);
}

export interface Picture {
  readonly file: Buffer;
  /** As Pillow decodes it: rows of pixels, red, green and blue side by side. */
  readonly rgb: Uint8Array;
}

export const WIDTH = golden.width;
export const HEIGHT = golden.height;

/** JPEGs of every kind that is read, each with the pixels that Pillow gives. */
export const jpegs: Readonly<Record<string, Picture>> = {
  'baseline.jpg': { file: bytesOf(golden.colour420.file), rgb: bytesOf(golden.colour420.rgb) },
  'progressive.jpg': { file: bytesOf(golden.progressive444.file), rgb: bytesOf(golden.progressive444.rgb) },
  'grey.jpg': { file: bytesOf(golden.grey.file), rgb: bytesOf(golden.grey.rgb) },
  'turned.jpg': {
    file: turnedClockwise(bytesOf(golden.colour420.file)),
    rgb: bytesOf(golden.colour420.rgb),
  },
};

/** JPEGs that are refused, each with the reason. */
export const refusedJpegs: Readonly<Record<string, { readonly file: Buffer; readonly why: string }>> = {
  'cmyk.jpg': { file: bytesOf(golden.cmyk.file), why: 'its colours are CMYK' },
  'deep.jpg': {
    file: withPrecision(bytesOf(golden.colour420.file), 12),
    why: '12 bits per channel, 8 are read',
  },
  'half.jpg': {
    file: bytesOf(golden.colour420.file).subarray(0, bytesOf(golden.colour420.file).length / 2),
    why: 'damaged or cut off',
  },
};

/** The same JPEG that states another number of bits per channel in its baseline frame header. */
function withPrecision(jpeg: Buffer, bits: number): Buffer {
  const copy = Buffer.from(jpeg);
  copy[copy.indexOf(Buffer.from([0xff, 0xc0])) + 4] = bits;
  return copy;
}
