import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantizeValue } from '../../../src/numerics/grid.ts';
import { gptq } from '../../../src/recovery/gptq.ts';
import { nearestCodes, type RowProblem } from '../../../src/recovery/row-problem.ts';
import { expectInGrid, problems, rowNoise, sampledProblem } from './row-problems.ts';

describe('GPTQ', () => {
  it('gives the codes of its published algorithm, whose factor is that of the inverse', () => {
    fc.assert(
      fc.property(problems(14), (problem) => {
        const codes = gptq(problem);
        expectInGrid(problem, codes);
        expect([...codes]).toEqual(asPublished(problem));
      }),
    );
  });

  it('gives the nearest codes to inputs that are always zero', () => {
    const problem = sampledProblem({ depth: 9, dead: [0, 3, 8], inputStep: 0.5 });
    const [codes, nearest] = [gptq(problem), nearestCodes(problem)];
    for (let i = 0; i < codes.length; i++) if ([0, 3, 8].includes(i % 9)) expect(codes[i]).toBe(nearest[i]);
    const blind = sampledProblem({ depth: 2, dead: [0, 1] });
    expect([...gptq(blind)]).toEqual([...nearestCodes(blind)]);
  });

  it('gives the nearest codes where inputs are not correlated', () => {
    const sampled = sampledProblem({ depth: 7, symmetric: false });
    const h = sampled.h.map((x, i) => (i % 8 === 0 ? x : 0));
    const problem = { ...sampled, h, k: h };
    expect([...gptq(problem)]).toEqual([...nearestCodes(problem)]);
  });

  it('makes less noise than nearest rounding where inputs are', () => {
    const problem = sampledProblem({ rows: 16, depth: 64 });
    const [spread, nearest] = [rowNoise(problem, gptq(problem)), rowNoise(problem, nearestCodes(problem))];
    expect(spread.every((noise, r) => noise < nearest[r])).toBe(true);
  });

  it('leaves what it is given alone', () => {
    const [problem, same] = [sampledProblem({ inputStep: 0.1 }), sampledProblem({ inputStep: 0.1 })];
    gptq(problem);
    expect(problem).toEqual(same);
  });

  it('takes what float32 has left of moments that are not definite', () => {
    const problem = sampledProblem({ depth: 2 });
    const h = Float64Array.of(1, 1 + 2 ** -20, 1 + 2 ** -20, 1);
    expect([...gptq({ ...problem, h, k: h })]).toEqual(
      [...nearestCodes(problem)].map(() => expect.any(Number)),
    );
    const indefinite = Float64Array.of(1, 1.05, 1.05, 1);
    const { grid } = problem.onto;
    for (const code of gptq({ ...problem, h: indefinite, k: indefinite })) {
      expect(code).toBeGreaterThanOrEqual(grid.qmin);
      expect(code).toBeLessThanOrEqual(grid.qmax);
    }
  });

  it('gives the nearest codes where moments say nothing', () => {
    const problem = sampledProblem({ depth: 2 });
    for (const h of [Float64Array.of(1, 0, NaN, NaN), Float64Array.of(-1, 0, 0, -1)])
      expect(gptq({ ...problem, h, k: h })).toEqual(nearestCodes(problem));
  });
});

/**
 * Column by column: q rounds w_j, and (w_j − ŵ_j) / U_jj · U_j is taken off the columns after it, (H + λI)⁻¹ = Uᵀ U.
 * It starts from the weights w* = w (K + λI)(H + λI)⁻¹.
 */
function asPublished({ weights, rows, depth, h, k, params, onto }: RowProblem): number[] {
  const indices = Array.from({ length: depth }, (_, i) => i);
  const lambda = (0.01 * indices.reduce((sum, j) => sum + h[j * (depth + 1)], 0)) / depth;
  const damped = (from: Float64Array) =>
    indices.map((i) =>
      indices.map((j) => {
        if (i !== j) return from[i * depth + j];
        return h[i * depth + i] === 0 ? 1 : from[i * depth + i] + lambda;
      }),
    );
  const inverse = inverseOf(damped(h));
  const upper = upperOf(inverse);
  const solved = product(damped(k), inverse);
  const codes: number[] = [];
  for (let r = 0; r < rows; r++) {
    const row = [...weights.subarray(r * depth, (r + 1) * depth)];
    const open = product([row], solved)[0];
    for (const j of indices) {
      const code = quantizeValue(open[j], params[r], onto.grid, onto.rounding);
      codes.push(code);
      const error = (open[j] - (code - params[r].zeroPoint) * params[r].scale) / upper[j][j];
      for (let i = j; i < depth; i++) open[i] -= error * upper[j][i];
    }
  }
  return codes;
}

function product(a: readonly number[][], b: readonly number[][]): number[][] {
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, x, i) => sum + x * b[i][j], 0)));
}

/** By Gauss and Jordan. */
function inverseOf(matrix: readonly number[][]): number[][] {
  const n = matrix.length;
  const wide = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let pivot = 0; pivot < n; pivot++) {
    const scale = wide[pivot][pivot];
    wide[pivot] = wide[pivot].map((x) => x / scale);
    for (let i = 0; i < n; i++) {
      const factor = wide[i][pivot];
      if (i !== pivot) wide[i] = wide[i].map((x, j) => x - factor * wide[pivot][j]);
    }
  }
  return wide.map((row) => row.slice(n));
}

/** U of a = Uᵀ U, row by row. */
function upperOf(a: readonly number[][]): number[][] {
  const upper = a.map((row) => row.map(() => 0));
  a.forEach((row, i) => {
    for (let j = i; j < a.length; j++) {
      let rest = row[j];
      for (let k = 0; k < i; k++) rest -= upper[k][i] * upper[k][j];
      upper[i][j] = j === i ? Math.sqrt(rest) : rest / upper[i][i];
    }
  });
  return upper;
}
