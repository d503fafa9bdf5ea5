import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asymmetricGrid, gridParams, symmetricGrid } from '../../../src/numerics/grid.ts';
import { addCodes, codesOf, noDifferences } from '../../../src/verification/code-differences.ts';
import { layerDifferences } from '../../../src/verification/layer-differences.ts';

const grid = asymmetricGrid(8, false);
const bytes = { params: gridParams(0.5, 10, grid), grid, rounding: 'half-to-even' } as const;

/** The real value of a code. */
const real = (code: number) => (code - 10) * 0.5;

describe('codes of a tensor', () => {
  it('are those that values on the grid have, and its ends beyond it', () => {
    expect([...codesOf([-5, 0, 0.5, 122.5, -1000, Infinity], bytes)]).toEqual([0, 10, 11, 255, 0, 255]);
    const signed = symmetricGrid(8, { restricted: true });
    const away = { params: gridParams(1, 0, signed), grid: signed, rounding: 'half-away-from-zero' } as const;
    expect([...codesOf([0.5, 2.5, -2.5, -500], away)]).toEqual([1, 3, -3, -127]);
  });

  it('differ nowhere where the same values were measured, on the grid or less than half a step beside it', () => {
    const code = fc.integer({ min: 0, max: 255 });
    const off = fc.double({ min: -0.24, max: 0.24, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(code, off), { minLength: 1 }), (pairs) => {
        const seen = noDifferences();
        const measured = pairs.map(([q, offset]) => real(q) + offset);
        addCodes(
          seen,
          pairs.map(([q]) => q),
          measured,
          bytes,
        );
        expect(seen).toMatchObject({ codes: pairs.length, differing: 0, largestStep: 0, noise: 0 });
      }),
    );
  });

  it('count each that differs, by how many steps, over all samples', () => {
    const seen = noDifferences();
    addCodes(seen, [10, 20, 30], [real(10), real(21), real(30)], bytes);
    addCodes(seen, [40], [real(37)], bytes);
    expect(seen).toEqual({
      codes: 4,
      differing: 2,
      largestStep: 3,
      signal: 10 ** 2 + 20 ** 2 + 30 ** 2,
      noise: 1 + 9,
    });
  });

  it('differ by all of the grid where no number was measured', () => {
    const seen = noDifferences();
    addCodes(seen, [10], [Number.NaN], bytes);
    expect(seen).toMatchObject({ differing: 1, largestStep: 255 });
  });
});

describe('the layers of a graph', () => {
  const same = { codes: 100, differing: 0, largestStep: 0, signal: 1000, noise: 0 };
  const slight = { codes: 100, differing: 1, largestStep: 1, signal: 1000, noise: 1 };
  const wrong = { codes: 100, differing: 80, largestStep: 40, signal: 1000, noise: 10_000 };
  const tensor = (layer: string, seen: typeof same) => ({ layer, tensor: `${layer}/out`, seen });

  it('begin to differ at the first with another code, and differ most where SQNR is least', () => {
    const found = layerDifferences([
      tensor('a', same),
      tensor('b', slight),
      tensor('c', wrong),
      tensor('d', slight),
    ]);
    expect(found.first).toEqual({
      layer: 'b',
      tensor: 'b/out',
      equalShare: 0.99,
      largestStep: 1,
      sqnrDb: 30,
    });
    expect(found.worst).toMatchObject({ layer: 'c', sqnrDb: -10, equalShare: 1 - 0.8 });
    expect(found.along.map(({ layer, sqnrDb }) => [layer, sqnrDb])).toEqual([
      ['a', null],
      ['b', 30],
      ['c', -10],
      ['d', 30],
    ]);
  });

  it('have neither a first nor a worst where all codes are the same', () => {
    expect(layerDifferences([tensor('a', same)])).toMatchObject({ first: null, worst: null });
  });

  it('are those of which something was seen', () => {
    expect(layerDifferences([tensor('a', noDifferences())]).along).toEqual([]);
  });
});
