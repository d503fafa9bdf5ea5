import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { MAX_THUMBNAIL_BYTES, thumbnailOf } from '../../../src/data/images/thumbnail.ts';
import { worstSamples } from '../../../src/report/samples-schema.ts';

function decoded(uri: string) {
  const [kind, text] = uri.split(',');
  expect(kind).toBe('data:image/png;base64');
  const bytes = Buffer.from(text, 'base64');
  expect(bytes.length).toBeLessThanOrEqual(MAX_THUMBNAIL_BYTES);
  return decode(bytes);
}

const filled = (width: number, height: number, channels: number, value: (i: number) => number) => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => value(i)),
});
/** What no compression makes smaller. */
const noise = (i: number) => {
  const mixed = Math.imul(i + 1, 0x9e3779b1);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 16) & 255;
};
const schemaTakes = (thumbnail: string) =>
  worstSamples.safeParse([{ sample: 0, fp32: { score: 1 }, int8: { score: 0 }, thumbnail }]).success;

describe('a thumbnail', () => {
  it('of a small picture has its very pixels', () => {
    const pixels = filled(5, 4, 3, (i) => i * 4);
    const { width, height, channels, data } = decoded(thumbnailOf(pixels));
    expect([width, height, channels]).toEqual([5, 4, 3]);
    expect([...data]).toEqual([...pixels.data]);
  });

  it.each([
    [300, 200, 64, 43],
    [200, 300, 43, 64],
    [4000, 10, 64, 1],
  ])('of %i x %i pixels has the longer side shrunk to 64', (width, height, ...size) => {
    const small = decoded(thumbnailOf(filled(width, height, 1, () => 77)));
    expect([small.width, small.height]).toEqual(size);
    expect([...new Set(small.data)]).toEqual([77]);
  });

  it('of noise has fewer pixels, so that it has 8 KiB at most', () => {
    const uri = thumbnailOf(filled(64, 64, 3, noise));
    const small = decoded(uri);
    expect([small.width, small.height]).toEqual([48, 48]);
    expect(schemaTakes(uri)).toBe(true);
  });

  it('is a PNG in base64, or the report does not take it', () => {
    expect(schemaTakes('data:image/svg+xml;base64,PHN2Zz4=')).toBe(false);
    expect(schemaTakes('https://example.com/a.png')).toBe(false);
    expect(schemaTakes(`data:image/png;base64,${'A'.repeat(11_000)}`)).toBe(false);
  });
});
