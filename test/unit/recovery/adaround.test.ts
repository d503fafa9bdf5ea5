import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adaround } from '../../../src/recovery/adaround.ts';
import { coordinateDescent } from '../../../src/recovery/coordinate-descent.ts';
import { nearestCodes, type RowProblem, rowValues } from '../../../src/recovery/row-problem.ts';
import { timesMatrix } from '../../../src/recovery/row-products.ts';
import {
  anyCodes,
  expectInGrid,
  expectNoNoisier,
  leastNoise,
  outputError,
  plainNoise,
  problems,
  rowNoise,
  rowOf,
  sampledProblem,
  slackOf,
} from './row-problems.ts';

/** As float32, which is what ONNX Runtime gives. */
const multiplier =
  ({ h, rows, depth }: RowProblem) =>
  async (values: Float32Array) =>
    Float32Array.from(timesMatrix(Float64Array.from(values), h, rows, depth));

const learned = (problem: RowProblem, start = coordinateDescent(problem), steps?: number) =>
  adaround(problem, { start, multiply: multiplier(problem), steps });

describe('learned rounding', () => {
  it('gives codes in the grid, no row of which is noisier than where it starts', async () => {
    await fc.assert(
      fc.asyncProperty(
        problems(9),
        fc.nat(),
        fc.integer({ min: 0, max: 60 }),
        async (problem, seed, steps) => {
          const random = anyCodes(problem, seed);
          for (const start of [random, nearestCodes(problem), coordinateDescent(problem, random)]) {
            const before = [...start];
            const codes = await learned(problem, start, steps);
            expectInGrid(problem, codes);
            expectNoNoisier(problem, codes, start);
            expect([...start]).toEqual(before);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    { depth: 9, share: 0.95 },
    { depth: 64, share: 0.8 },
  ])('takes noise off coordinate descent of $depth inputs', async ({ depth, share }) => {
    let [learnedError, startError] = [0, 0];
    for (const seed of [1, 2]) {
      const problem = sampledProblem({ seed, rows: 16, depth, inputStep: 0.1 });
      const start = coordinateDescent(problem);
      learnedError += outputError(problem, rowValues(problem, await learned(problem, start)));
      startError += outputError(problem, rowValues(problem, start));
    }
    expect(learnedError).toBeLessThan(share * startError);
  });

  it('finds the best of all codes of three inputs more often than coordinate descent', async () => {
    const found = { learned: 0, start: 0 };
    for (let seed = 1; seed <= 10; seed++) {
      const problem = sampledProblem({ seed, rows: 4, depth: 3, bits: 3, symmetric: seed % 2 === 0 });
      const start = nearestCodes(problem);
      const candidates = { learned: await learned(problem, start), start: coordinateDescent(problem) };
      for (let r = 0; r < problem.rows; r++) {
        const limit = leastNoise(problem, r) + slackOf(problem);
        for (const name of ['learned', 'start'] as const)
          if (plainNoise(problem, r, rowOf(candidates[name], r, 3)) <= limit) found[name]++;
      }
    }
    expect(found.learned).toBeGreaterThan(found.start);
  });

  it('is the same whatever the units of weights and inputs, by powers of two', async () => {
    const problem = sampledProblem({ rows: 8, depth: 12, inputStep: 0.1 });
    const scaled = {
      ...problem,
      weights: problem.weights.map((w) => w * 2 ** 10),
      params: problem.params.map((p) => ({ ...p, scale: p.scale * 2 ** 10 })),
      h: problem.h.map((x) => x * 2 ** -12),
      k: problem.k.map((x) => x * 2 ** -12),
    };
    const codes = await learned(problem);
    expect([...(await learned(scaled))]).toEqual([...codes]);
    expect([...(await learned(problem))]).toEqual([...codes]);
  });

  it('keeps weights that lie on codes', async () => {
    const sampled = sampledProblem({ rows: 3, depth: 6, symmetric: false });
    const start = anyCodes(sampled, 2);
    const problem = { ...sampled, weights: rowValues(sampled, start) };
    expect([...(await learned(problem, start))]).toEqual([...start]);
  });

  it('moves weights off codes where the quantized model reads less than FP32', async () => {
    const sampled = sampledProblem({ rows: 16, depth: 48 });
    const codes = nearestCodes(sampled);
    const k = sampled.h.map((x) => x * 1.06);
    const problem = { ...sampled, weights: rowValues(sampled, codes), k };
    const start = coordinateDescent(problem);
    // w H wᵀ: weights that lie on codes have no other noise.
    const power = rowNoise({ ...problem, k: problem.h }, codes).map((n) => -n);
    const noise = (of: Int32Array) =>
      rowNoise(problem, of).reduce((sum, n, r) => sum + n + 1.06 ** 2 * power[r], 0);
    expect(noise(await learned(problem, start))).toBeLessThan(0.93 * noise(start));
  });

  it('leaves the codes of inputs that are always zero', async () => {
    const problem = sampledProblem({ rows: 8, depth: 7, dead: [2, 5] });
    const start = anyCodes(problem, 4);
    const codes = await learned(problem, start);
    expect([...codes]).not.toEqual([...start]);
    codes.forEach((code, i) => {
      if ([2, 5].includes(i % 7)) expect(code).toBe(start[i]);
    });
    const blind = sampledProblem({ depth: 2, dead: [0, 1] });
    expect([...(await learned(blind, anyCodes(blind, 1)))]).toEqual([...anyCodes(blind, 1)]);
  });

  it('multiplies once a step, all rows at a time, errors of less than two steps of the grid', async () => {
    const problem = sampledProblem({ rows: 3, depth: 5 });
    const counts: number[] = [];
    for (const steps of [7, undefined]) {
      let calls = 0;
      const multiply = (values: Float32Array) => {
        calls++;
        expect(values.length).toBe(15);
        values.forEach((value, i) => {
          expect(Math.abs(value)).toBeLessThan(2 * problem.params[Math.floor(i / 5)].scale);
        });
        return multiplier(problem)(values);
      };
      await adaround(problem, { start: nearestCodes(problem), multiply, steps });
      counts.push(calls);
    }
    expect(counts).toEqual([7, 500]);
  });
});
