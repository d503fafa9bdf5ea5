import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shareOutside } from '../../../src/numerics/outside.ts';
import { shortFloat32 } from '../../../src/numerics/short-float.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { noise } from '../../support/models.ts';

const histogramOf = (values: ArrayLike<number>) => histogramsOf({ x: Float32Array.from(values) }).get('x')!;

it('counts the share of values outside of a range to a bin', () => {
  const values = noise(10_000);
  const h = histogramOf(values);
  fc.assert(
    fc.property(
      fc.double({ min: -1.2, max: 0, noNaN: true }),
      fc.double({ min: 0, max: 1.2, noNaN: true }),
      (alpha, beta) => {
        const share = values.filter((x) => x < alpha || x > beta).length / values.length;
        expect(Math.abs(shareOutside(h, { alpha, beta }) - share)).toBeLessThan(0.002);
      },
    ),
  );
});

it('counts nothing outside of the least and the greatest value, whatever the last bit of a scale', () => {
  const relu6 = histogramOf([0, 0, 1, 2.5, 6, 6, 6, 6]);
  expect(shareOutside(relu6, { alpha: 0, beta: 6 })).toBe(0);
  expect(shareOutside(relu6, { alpha: 0, beta: 255 * Math.fround(6 / 255.0000001) })).toBe(0);
  expect(shareOutside(relu6, { alpha: 0, beta: 5.9 })).toBe(0.5);
  expect(shareOutside(histogramOf([]), { alpha: 0, beta: 1 })).toBe(0);
  const hardTanh = histogramOf([-1, -1, -1, 0.5, 1, 1]);
  const last = 1 - 2 ** -24;
  expect(shareOutside(hardTanh, { alpha: -last, beta: last })).toBe(0);
  expect(shareOutside(hardTanh, { alpha: -0.9, beta: last })).toBe(0.5);
});

it('writes a float32 with the fewest digits that read back as it', () => {
  expect(shortFloat32(Math.fround(5.2))).toBe(5.2);
  expect(shortFloat32(-0)).toBe(0);
  expect(String(shortFloat32(Math.fround(1 / 3)))).toBe('0.33333334');
  expect(shortFloat32(Math.fround(0.115984544))).toBe(0.115984544);
  const float32 = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(float32, (x) => {
      const short = shortFloat32(x);
      expect(Math.fround(short)).toBe(x + 0);
      expect(short.toPrecision(9).length).toBeGreaterThanOrEqual(String(short).length - 7);
    }),
  );
});
