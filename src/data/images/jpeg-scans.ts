const START_OF_SCAN = 0xda;
/** Markers below this are none that a file may have, or stuffing (ITU-T T.81, B.1.1.3). */
const FIRST_MARKER = 0xc0;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
const hasNoLength = (marker: number) =>
  marker < FIRST_MARKER || isRestart(marker) || marker === 0xd8 || marker === 0xff;

/**
 * How many scans a JPEG has: each is a pass over all of its pixels, whatever its own length. Counting stops at `most`
 * and one more. A damaged file may have fewer in truth.
 */
export function countScans(bytes: Uint8Array, most: number): number {
  let scans = 0;
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 3 < bytes.length && scans <= most; ) {
    const marker = bytes[at + 1];
    if (marker === START_OF_SCAN) scans++;
    const skipped = hasNoLength(marker) ? 1 : 2 + Math.max(2, bytes[at + 2] * 256 + bytes[at + 3]);
    at = bytes.indexOf(0xff, at + skipped);
  }
  return scans;
}
