import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wasmModuleText } from '../../../scripts/wasm-module-text.ts';
import { BINS } from '../../../src/numerics/bins.ts';
import { clearSlots, countSlots, drainSlots } from '../../../src/numerics/count-slots.ts';
import { levelFor } from '../../../src/numerics/histogram.ts';

const source = (path: string) =>
  readFileSync(new URL(`../../../src/numerics/${path}`, import.meta.url), 'utf8');

/** Any float32 that is finite, the least of them as likely as the greatest. */
const finite = fc
  .integer({ min: 0, max: 0xffffffff })
  .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0])
  .filter(Number.isFinite);

/** What the counting loop must do, in float64, one value after the other. */
function expected(values: readonly number[], level: number) {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = Math.floor(value * 2 ** -level) + BINS / 2;
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => a - b);
}

function counted(values: readonly number[], level: number) {
  const counts = new Float64Array(BINS);
  expect(countSlots(Float32Array.from(values), level)).toBe(true);
  const all = drainSlots(counts, level, Math.min(...values), Math.max(...values));
  return { ...all, counts: [...counts.entries()].filter(([, count]) => count !== 0) };
}

describe('counting values into bins', () => {
  it('is what float64 makes of any float32', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), fc.nat(30), (values, more) => {
        const level = levelFor(Math.max(...values.map(Math.abs))) + more;
        expect(counted(values, level)).toEqual({
          sum: values.length,
          zeros: values.filter((value) => value === 0).length,
          counts: expected(values, level),
        });
      }),
      { numRuns: 2000 },
    );
  });

  it('takes the least float32 for no zero in bins of any width', () => {
    const least = 2 ** -149;
    for (const level of [-160, -100, 0, 10, 116])
      expect(counted([least, -least, 0, -0, least], level)).toMatchObject({ sum: 5, zeros: 2 });
  });

  it('counts values of many pieces, and a rest', () => {
    const values = Array.from({ length: 50_003 }, (_, i) => (i % 4001) - 2000);
    expect(counted(values, 0).counts).toEqual(expected(values, 0));
  });

  it.each([Number.NaN, Infinity, -Infinity, 5000, -5000])(
    'says that %d has no bin, and forgets it',
    (odd) => {
      for (const place of [0, 3, 4]) {
        const values = Float32Array.of(1, 1, 1, 1, 1);
        values[place] = odd;
        expect(countSlots(values, 0)).toBe(false);
        clearSlots();
      }
      expect(counted([1], 0).counts).toEqual([[BINS / 2 + 1, 1]]);
    },
  );

  it('is assembled from its source', async () => {
    expect(source('gen/count-slots-wasm.ts')).toBe(await wasmModuleText(source('count-slots.wat')));
  });
});
