/** What a JPEG says of itself before its first scan. */
export interface JpegFrame {
  /** Bits of each channel. */
  readonly precision: number;
  /** 1 is grey, 3 colour, 4 CMYK or YCCK. */
  readonly channels: number;
}

const START_OF_SCAN = 0xda;
/** Markers of 0xC0 to 0xCF that start no frame: DHT, JPG, DAC. */
const NO_FRAME: readonly number[] = [0xc4, 0xc8, 0xcc];

/** The frame header of a JPEG (ITU-T T.81, B.2.2), or undefined where the file has none before its first scan. */
export function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  const at = (index: number) => bytes[index] ?? 0;
  for (let from = 2; from + 9 < bytes.length; ) {
    if (at(from) !== 0xff) return undefined;
    const marker = at(from + 1);
    if (marker === 0xff) {
      from++;
      continue;
    }
    if (marker === START_OF_SCAN) return undefined;
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.includes(marker))
      return { precision: at(from + 4), channels: at(from + 9) };
    from += 2 + at(from + 2) * 256 + at(from + 3);
  }
  return undefined;
}
