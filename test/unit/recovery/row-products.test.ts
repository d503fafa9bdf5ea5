import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowDot, timesMatrix } from '../../../src/recovery/row-products.ts';
import { randomSource } from '../numerics/samples.ts';

const values = (length: number, seed: number) => Float64Array.from({ length }, randomSource(seed).gauss);

describe('the product of rows and a matrix', () => {
  it('is that of the definition at any depth', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 70 }),
        fc.nat(),
        (rows, depth, seed) => {
          const [left, matrix] = [values(rows * depth, seed), values(depth * depth, seed + 1)];
          const product = timesMatrix(left, matrix, rows, depth);
          expect(product.length).toBe(rows * depth);
          for (let r = 0; r < rows; r++)
            for (let j = 0; j < depth; j++) {
              let sum = 0;
              for (let i = 0; i < depth; i++) sum += left[r * depth + i] * matrix[i * depth + j];
              expect(Math.abs(product[r * depth + j] - sum)).toBeLessThan(1e-12);
            }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not mix up the sides of a matrix that is not symmetric', () => {
    const matrix = Float64Array.of(1, 2, 3, 4);
    expect([...timesMatrix(Float64Array.of(1, 0, 0, 1), matrix, 2, 2)]).toEqual([1, 2, 3, 4]);
    expect([...timesMatrix(Float64Array.of(1, 10), matrix, 1, 2)]).toEqual([31, 42]);
  });
});

describe('the scalar products of rows', () => {
  it('are one for each row', () => {
    const [a, b] = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 1, 1, 2, 0, -1)];
    expect([...rowDot(a, b, 2, 3)]).toEqual([6, 2]);
    expect([...rowDot(a, b, 3, 2)]).toEqual([3, 11, -6]);
  });
});
