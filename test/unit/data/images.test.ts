import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/data/images/decode.ts';
import { arrangePixels } from '../../../src/data/images/pixels.ts';
import { UserError } from '../../../src/errors.ts';
import golden from '../../support/golden/images.json' with { type: 'json' };
import { jpegs, refusedJpegs } from '../../support/pictures.ts';
import { bytesOf } from './folder.ts';

const any = { channels: 3, width: null, height: null };
const asRgb = { channels: 3, channelsLast: true } as const;
const asGrey = { channels: 1, channelsLast: true } as const;

describe('decodeImage', () => {
  it.each(['colour420', 'progressive444', 'grey', 'palettePng', 'alphaPng', 'greyPng'] as const)(
    'gives the same pixels as Pillow for %s',
    async (key) => {
      const pixels = await decodeImage(bytesOf(golden[key].file), any, key);
      expect([pixels.width, pixels.height]).toEqual([golden.width, golden.height]);
      expect(arrangePixels(pixels, asRgb)).toEqual(bytesOf(golden[key].rgb));
    },
  );

  it.each(['colour420', 'grey', 'greyPng'] as const)('gives the same grey as Pillow for %s', async (key) => {
    const pixels = await decodeImage(bytesOf(golden[key].file), any, key);
    expect(arrangePixels(pixels, asGrey)).toEqual(bytesOf(golden[key].luma));
  });

  it('takes no notice of an EXIF orientation, as Pillow does', async () => {
    const { file, rgb } = jpegs['turned.jpg'];
    const pixels = await decodeImage(file, any, 'turned.jpg');
    expect([pixels.width, pixels.height]).toEqual([golden.width, golden.height]);
    expect(arrangePixels(pixels, asRgb)).toEqual(new Uint8Array(rgb));
  });

  it.each(Object.entries(refusedJpegs))('refuses %s with the true reason', async (name, { file, why }) => {
    await expect(decodeImage(file, any, name)).rejects.toThrow(
      `${name} is not a JPEG that can be read (${why}): save it again`,
    );
  });

  it('refuses what it cannot read in one line that names the image', async () => {
    const read = (bytes: Uint8Array) => decodeImage(bytes, any, 'a.jpg');
    await expect(read(bytesOf(golden.deepPng.file))).rejects.toThrow('16 bits per channel, 8 are read');
    await expect(read(Buffer.from('GIF89a'))).rejects.toThrow('a.jpg is neither JPEG nor PNG: convert it');
    const half = bytesOf(golden.colour420.file);
    await expect(read(half.subarray(0, half.length / 2))).rejects.toThrow(UserError);
  });

  it('refuses an image of another size before it decodes it', async () => {
    const bytes = bytesOf(golden.colour420.file).subarray(0, -100);
    await expect(decodeImage(bytes, { ...any, width: 16, height: 24 }, 'a.jpg')).rejects.toThrow(
      'a.jpg is 24x16, the network takes 16x24 (width x height): set preprocess.resize',
    );
    const png = encode({ width: 1, height: 1, data: new Uint8Array(3), channels: 3 });
    new DataView(png.buffer, png.byteOffset).setUint32(16, 2 ** 31);
    await expect(decodeImage(png, any, 'a.png')).rejects.toThrow('2147483648x1 pixels');
  });

  it('throws nothing but UserErrors on damaged images', async () => {
    const files = [golden.colour420, golden.progressive444, golden.palettePng, golden.alphaPng].map(
      (g) => g.file,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        async (file, at, byte, cut) => {
          const bytes = bytesOf(file);
          bytes[at % bytes.length] = byte;
          const size = { ...any, width: golden.width, height: golden.height };
          const kept = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
          const result = await decodeImage(kept, size, 'a').catch((error) => error);
          if (result instanceof Error) expect(result).toBeInstanceOf(UserError);
          else expect(result.data.length).toBe(result.width * result.height * result.channels);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('arrangePixels', () => {
  const colour = { width: 2, height: 1, channels: 3, data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
  const grey = { width: 2, height: 1, channels: 2, data: new Uint8Array([7, 255, 8, 255]) };

  it('puts channels first or last', () => {
    expect([...arrangePixels(colour, { channels: 3, channelsLast: false })]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...arrangePixels(colour, { channels: 3, channelsLast: true })]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('repeats grey and drops alpha', () => {
    expect([...arrangePixels(grey, { channels: 3, channelsLast: false })]).toEqual([7, 8, 7, 8, 7, 8]);
    expect([...arrangePixels(grey, { channels: 3, channelsLast: true })]).toEqual([7, 7, 7, 8, 8, 8]);
    expect([...arrangePixels(grey, { channels: 1, channelsLast: false })]).toEqual([7, 8]);
  });
});
