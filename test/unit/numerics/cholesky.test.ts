import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choleskyFactor, upperFactor } from '../../../src/numerics/cholesky.ts';
import { randomSource } from './samples.ts';

/** Positive definite, its condition not above about 100 n. */
function definite(n: number, seed: number): Float64Array {
  const root = Float64Array.from({ length: n * n }, randomSource(seed).gauss);
  const matrix = times(root, transposed(root, n), n);
  const trace = matrix.reduce((sum, x, i) => (i % (n + 1) === 0 ? sum + x : sum), 0);
  return matrix.map((x, i) => (i % (n + 1) === 0 ? x + (0.01 * trace) / n : x));
}

function times(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k] * b[k * n + (at % n)];
    return sum;
  });
}

const transposed = (a: Float64Array, n: number) => a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]);

/** `a` with NaN on one side of the diagonal. */
function halfOf(a: Float64Array, n: number, side: 'lower' | 'upper'): Float64Array {
  const column = (at: number) => (at % n) - Math.floor(at / n);
  return a.map((x, at) => ((side === 'lower' ? column(at) <= 0 : column(at) >= 0) ? x : NaN));
}

function expectEqual(found: Float64Array, expected: Float64Array, relative = 1e-10): void {
  expect(found.length).toBe(expected.length);
  const largest = expected.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const furthest = found.reduce((max, x, i) => Math.max(max, Math.abs(x - expected[i])), 0);
  expect(furthest).toBeLessThanOrEqual(relative * largest);
}

function expectTriangle(a: Float64Array, n: number, side: 'lower' | 'upper'): void {
  a.forEach((x, at) => {
    const right = (at % n) - Math.floor(at / n);
    if (right === 0) expect(x).toBeGreaterThan(0);
    else if (right > 0 === (side === 'lower')) expect(x).toBe(0);
  });
}

/** Sizes below, at and above whole blocks of rows. */
const anyDefinite = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 1e6 }))
  .map(([n, seed]) => ({ n, matrix: definite(n, seed) }));

describe('Cholesky factors', () => {
  it('are those of an example', () => {
    expect([...choleskyFactor(Float64Array.of(4, 2, 2, 5), 2)!]).toEqual([2, 0, 1, 2]);
    expect([...upperFactor(Float64Array.of(5, 2, 2, 4), 2)!]).toEqual([2, 1, 0, 2]);
  });

  it('give L Lᵀ of the lower half', () => {
    fc.assert(
      fc.property(anyDefinite, ({ n, matrix }) => {
        const lower = choleskyFactor(halfOf(matrix, n, 'lower'), n)!;
        expectTriangle(lower, n, 'lower');
        expectEqual(times(lower, transposed(lower, n), n), matrix);
      }),
    );
  });

  it('give R Rᵀ of the upper half', () => {
    fc.assert(
      fc.property(anyDefinite, ({ n, matrix }) => {
        const upper = upperFactor(halfOf(matrix, n, 'upper'), n)!;
        expectTriangle(upper, n, 'upper');
        expectEqual(times(upper, transposed(upper, n), n), matrix);
      }),
    );
  });

  it('are written over the matrix', () => {
    const matrix = definite(5, 1);
    expect(choleskyFactor(matrix, 5)).toBe(matrix);
    const other = definite(5, 2);
    expect(upperFactor(other, 5)).toBe(other);
  });

  it('are not there for what is not positive definite, wherever that shows', () => {
    fc.assert(
      fc.property(anyDefinite, fc.nat(), fc.constantFrom(0, -1, NaN, Infinity), (given, place, value) => {
        const { n, matrix } = given;
        const at = (place % n) * (n + 1);
        for (const factor of [choleskyFactor, upperFactor]) {
          expect(factor(matrix.with(at, value), n)).toBeUndefined();
        }
      }),
    );
    expect(choleskyFactor(Float64Array.of(1, 1, 1, 1), 2)).toBeUndefined();
    expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBeUndefined();
    expect(upperFactor(new Float64Array(25), 5)).toBeUndefined();
  });
});
