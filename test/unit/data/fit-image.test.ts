import { describe, expect, it } from 'vitest';
import { fitImage } from '../../../src/data/images/fit-image.ts';
import { bytesOf } from './folder.ts';
import golden from './golden/resized.json' with { type: 'json' };

const grey = (width: number, height: number) => ({
  width,
  height,
  channels: 1,
  data: new Uint8Array(width * height),
});

describe('resize and crop', () => {
  it.each(golden.cases)(
    'are those of Pillow and torchvision: $width x $height, resize $resize, crop $crop',
    (given) => {
      const { width, height, channels, resize, crop, outWidth, outHeight, out } = given;
      const fit = { ...(resize && { resize }), ...(crop && { crop }) } as never;
      const found = fitImage({ width, height, channels, data: bytesOf(given.data) }, fit, 'a.png');
      expect(found).toMatchObject({ width: outWidth, height: outHeight, channels });
      expect([...found.data]).toEqual([...bytesOf(out)]);
    },
  );

  it('leave an image that has its size as it is', () => {
    const image = grey(4, 3);
    expect(fitImage(image, { resize: 3, crop: [3, 4] }, 'a.png')).toEqual(image);
  });

  it('refuse what is smaller than the crop, and what would be huge', () => {
    expect(() => fitImage(grey(4, 3), { crop: 4 }, 'a.png')).toThrow(
      'a.png is 4x3 where 4x4 are cropped (width x height): set preprocess.resize',
    );
    expect(() => fitImage(grey(60_000, 1), { resize: 4096 }, 'a.png')).toThrow('a.png, resized, has');
  });
});
