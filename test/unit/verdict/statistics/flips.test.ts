import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mcnemarExact } from '../../../../src/verdict/statistics/mcnemar.ts';
import { nullVariance, tangoInterval } from '../../../../src/verdict/statistics/tango.ts';

const table = fc
  .record({ lost: fc.nat(50), gained: fc.nat(50), same: fc.nat(500) })
  .filter(({ lost, gained, same }) => lost + gained + same > 0)
  .map(({ lost, gained, same }) => ({ flips: { lost, gained }, n: lost + gained + same }));

describe("McNemar's exact test", () => {
  it.each([
    ['airway hyper-responsiveness, Fagerland et al. 2014', 1, 7, 0.0703125],
    ['one-sided flips: 2 / 2^10', 10, 0, 0.001953125],
    ['no flips', 0, 0, 1],
    ['as many each way', 5, 5, 1],
  ])('of %s', (_, lost, gained, p) => {
    expect(mcnemarExact({ lost, gained })).toBeCloseTo(p, 12);
  });

  it('stays finite for counts whose 2^-n underflows, near the normal approximation', () => {
    expect(mcnemarExact({ lost: 5100, gained: 4900 })).toBeCloseTo(0.0466, 3);
  });

  it('does not care which side lost', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (lost, gained) => {
        expect(mcnemarExact({ lost, gained })).toBe(mcnemarExact({ lost: gained, gained: lost }));
      }),
    );
  });
});

describe("Tango's interval", () => {
  it.each([
    ['airway hyper-responsiveness, Fagerland et al. 2014', 1, 7, 21, -0.517, -0.026],
    ['Agresti and Min 2005', 16, 8, 86, -0.02, 0.207],
  ])('of %s is the published one', (_, lost, gained, n, low, high) => {
    const interval = tangoInterval({ lost, gained }, n, 0.95);
    expect(interval[0]).toBeCloseTo(low, 3);
    expect(interval[1]).toBeCloseTo(high, 3);
  });

  it('without flips is z²/(n + z²) to both sides', () => {
    const [low, high] = tangoInterval({ lost: 0, gained: 0 }, 400, 0.95);
    expect(high).toBeCloseTo(3.841459 / 403.841459, 7);
    expect(low).toBe(-high);
  });

  it('ends at 1 if every sample is lost', () => {
    expect(tangoInterval({ lost: 9, gained: 0 }, 9, 0.95)[1]).toBe(1);
  });

  it('has ends at which the score statistic is z', () => {
    fc.assert(
      fc.property(table, ({ flips, n }) => {
        const drop = (flips.lost - flips.gained) / n;
        for (const end of tangoInterval(flips, n, 0.95)) {
          if (Math.abs(end) === 1 || Math.abs(end - drop) < 1e-9) continue;
          const mirrored = end > drop ? flips : { lost: flips.gained, gained: flips.lost };
          const variance = nullVariance(mirrored, n, end > drop ? end : -end);
          expect(Math.abs(drop - end) / Math.sqrt(variance / n)).toBeCloseTo(1.959964, 4);
        }
      }),
    );
  });

  it('holds the observed drop, lies in [-1, 1] and is mirrored when the models change sides', () => {
    fc.assert(
      fc.property(table, fc.double({ min: 0.5, max: 0.999, noNaN: true }), ({ flips, n }, confidence) => {
        const [low, high] = tangoInterval(flips, n, confidence);
        const drop = (flips.lost - flips.gained) / n;
        expect(low).toBeLessThanOrEqual(drop);
        expect(high).toBeGreaterThanOrEqual(drop);
        expect(low).toBeGreaterThanOrEqual(-1);
        expect(high).toBeLessThanOrEqual(1);
        const swapped = tangoInterval({ lost: flips.gained, gained: flips.lost }, n, confidence);
        expect(swapped).toEqual([-high, -low]);
      }),
    );
  });

  it('narrows with samples that agree, unless most flipped, and widens with confidence', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 1000 }), ({ flips, n }, more) => {
        fc.pre(2 * (flips.lost + flips.gained) <= n);
        const width = ([low, high]: readonly [number, number]) => high - low;
        const now = width(tangoInterval(flips, n, 0.9));
        expect(width(tangoInterval(flips, n + more, 0.9))).toBeLessThan(now);
        expect(width(tangoInterval(flips, n, 0.95))).toBeGreaterThan(now);
      }),
    );
  });
});
