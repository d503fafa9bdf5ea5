import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile, twoSidedZ } from '../../../../src/gate/statistics/normal.ts';
import { expandedZ } from '../../../../src/gate/statistics/student.ts';

describe('normal quantile', () => {
  it.each([
    [0.975, 1.959964],
    [0.995, 2.575829],
    [0.8, 0.841621],
    [0.001, -3.090232],
    [0.9999, 3.719016],
  ])('of %f is the tabulated one', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 5);
  });

  it('inverts the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 0.9999, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 6);
      }),
    );
  });
});

describe('expanded z', () => {
  it.each([
    [6, 2.5706],
    [11, 2.2281],
    [20, 2.093],
    [100, 1.9842],
  ])('of %i samples is sqrt(n/(n-1)) times the tabulated t', (n, t) => {
    expect(expandedZ(0.95, n) / Math.sqrt(n / (n - 1))).toBeCloseTo(t, 2);
  });

  it('approaches the normal one', () => {
    expect(expandedZ(0.9, 1e6)).toBeCloseTo(twoSidedZ(0.9), 4);
  });
});
