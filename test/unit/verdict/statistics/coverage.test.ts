import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { meanInterval } from '../../../../src/verdict/statistics/bootstrap.ts';
import { type Interval, tangoInterval } from '../../../../src/verdict/statistics/tango.ts';

/** Share of `times` simulated intervals that hold the true value. */
function coverage(times: number, truth: number, simulate: (uniform: () => number) => Interval): number {
  const random = xoroshiro128plus(7);
  const uniform = () => uniformFloat64(random);
  let held = 0;
  for (let i = 0; i < times; i++) {
    const [low, high] = simulate(uniform);
    if (low <= truth && truth <= high) held++;
  }
  return held / times;
}

describe('95 % intervals hold the true drop at least 93 % of the time', () => {
  it.each([
    [200, 0.02, 0.01],
    [200, 0.06, 0],
    [200, 0.1, 0.08],
    [500, 0.02, 0],
    [500, 0.05, 0.03],
    [500, 0.1, 0.02],
  ])('0/1 scores of %i samples, flip rate %f, drop %f', (n, flipRate, drop) => {
    const lossRate = (flipRate + drop) / 2;
    const held = coverage(2000, drop, (uniform) => {
      const flips = { lost: 0, gained: 0 };
      for (let i = 0; i < n; i++) {
        const u = uniform();
        if (u < lossRate) flips.lost++;
        else if (u < flipRate) flips.gained++;
      }
      return tangoInterval(flips, n, 0.95);
    });
    expect(held).toBeGreaterThanOrEqual(0.93);
  });

  it.each([
    ['normal', (u: number, v: number) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v), 0],
    ['uniform', (u: number) => u, 0.5],
  ])('%s differences of 20 samples', (_, draw, truth) => {
    const held = coverage(400, truth, (uniform) =>
      meanInterval(
        Array.from({ length: 20 }, () => draw(uniform(), uniform())),
        0.95,
      ),
    );
    expect(held).toBeGreaterThanOrEqual(0.93);
  });
});
