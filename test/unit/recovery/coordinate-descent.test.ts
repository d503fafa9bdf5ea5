import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridParams } from '../../../src/numerics/grid.ts';
import { coordinateDescent } from '../../../src/recovery/coordinate-descent.ts';
import { nearestCodes } from '../../../src/recovery/row-problem.ts';
import {
  anyCodes,
  expectInGrid,
  expectNoNoisier,
  leastNoise,
  plainNoise,
  problems,
  rowNoise,
  rowOf,
  sampledProblem,
  slackOf,
} from './row-problems.ts';

describe('coordinate descent', () => {
  it('gives codes in the grid, no row of which is noisier than the nearest ones', () => {
    fc.assert(
      fc.property(problems(12), (problem) => {
        const codes = coordinateDescent(problem);
        expectInGrid(problem, codes);
        expectNoNoisier(problem, codes, nearestCodes(problem));
      }),
    );
  });

  it('gives no row that is noisier than where it starts, which it does not write to', () => {
    fc.assert(
      fc.property(problems(12), fc.nat(), fc.integer({ min: 0, max: 2 }), (problem, seed, sweeps) => {
        const start = anyCodes(problem, seed);
        const codes = coordinateDescent(problem, start, sweeps);
        expectInGrid(problem, codes);
        expectNoNoisier(problem, codes, start);
        expect([...start]).toEqual([...anyCodes(problem, seed)]);
        if (sweeps === 0) expect([...codes]).toEqual([...start]);
      }),
    );
  });

  it('ends where no other code of a single weight is better', () => {
    fc.assert(
      fc.property(problems(6), fc.nat(), (problem, seed) => {
        const { depth, rows, onto } = problem;
        const codes = coordinateDescent(problem, anyCodes(problem, seed), 100);
        for (let r = 0; r < rows; r++) {
          const row = rowOf(codes, r, depth);
          const noise = plainNoise(problem, r, row);
          for (let j = 0; j < depth; j++)
            for (let q = onto.grid.qmin; q <= onto.grid.qmax; q++)
              expect(noise).toBeLessThanOrEqual(plainNoise(problem, r, row.with(j, q)) + slackOf(problem));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('finds the best of all codes where inputs are not correlated', () => {
    fc.assert(
      fc.property(problems(3), fc.nat(), (correlated, seed) => {
        const { depth, rows } = correlated;
        const h = correlated.h.map((x, i) => (i % (depth + 1) === 0 ? x : 0));
        const problem = { ...correlated, h };
        const codes = coordinateDescent(problem, anyCodes(problem, seed), 1);
        for (let r = 0; r < rows; r++) {
          const noise = plainNoise(problem, r, rowOf(codes, r, depth));
          expect(Math.abs(noise - leastNoise(problem, r))).toBeLessThanOrEqual(slackOf(problem));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes inputs of more power first', () => {
    const sampled = sampledProblem({ rows: 1, depth: 2 });
    const h = Float64Array.of(1, 1, 1, 4);
    const params = [gridParams(1, 0, sampled.onto.grid)];
    const problem = { ...sampled, weights: Float64Array.of(0, 1), h, k: h, params };
    // The other way round the first input would stand in for the second.
    expect([...coordinateDescent(problem, Int32Array.of(0, 0), 1)]).toEqual([0, 1]);
  });

  it('leaves the codes of inputs that are always zero, or all but zero', () => {
    const problem = sampledProblem({ depth: 6, dead: [1, 4] });
    problem.h[4 * 7] = 1e-20;
    problem.k[4 * 7] = 1;
    const start = anyCodes(problem, 5);
    const codes = coordinateDescent(problem, start);
    expect(codes).not.toEqual(start);
    for (let r = 0; r < problem.rows; r++)
      for (const j of [1, 4]) expect(codes[r * 6 + j]).toBe(start[r * 6 + j]);
  });

  it('takes more than half of the noise of nearest rounding off correlated inputs', () => {
    const problem = sampledProblem({ rows: 16, depth: 64 });
    const total = (codes: Int32Array) =>
      rowNoise(problem, codes).reduce((all, n, r) => all + n + powerOf(problem, r), 0);
    expect(total(coordinateDescent(problem))).toBeLessThan(0.55 * total(nearestCodes(problem)));
  });
});

/** E(w x)² of a row. */
function powerOf({ weights, h, depth }: ReturnType<typeof sampledProblem>, row: number): number {
  let sum = 0;
  for (let i = 0; i < depth; i++)
    for (let j = 0; j < depth; j++)
      sum += weights[row * depth + i] * h[i * depth + j] * weights[row * depth + j];
  return sum;
}
