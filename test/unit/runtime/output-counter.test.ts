import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHistogram, observe } from '../../../src/numerics/histogram.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { counterHere, counterOf, takeAll } from '../../../src/runtime/output-counter.ts';
import type { Session } from '../../../src/runtime/runtime.ts';
import { floats } from '../../support/models.ts';

/** Gives out what it is fed, and its extremes. */
const session: Pick<Session, 'run'> = {
  run: async ({ x }) => {
    const values = [...(x.data as Float32Array)];
    return { min: floats([], [Math.min(...values)]), max: floats([], [Math.max(...values)]) };
  },
};
const outputs = [{ values: 'x', min: 'min', max: 'max' }];
const rowsOf = (values: number[]): Tensor => floats([values.length, 1], values);

it('counts the first rows of each run alone, from one taking to the next', async () => {
  const counter = counterHere(session, outputs);
  expect(await counter.count({ x: rowsOf([1, 2, 2]) }, { rows: 2, of: 3 })).toBe(true);
  expect(await counter.count({ x: rowsOf([3]) }, { rows: 1, of: 1 })).toBe(true);
  const expected = createHistogram();
  observe(expected, Float32Array.of(1, 2), 1, 2);
  observe(expected, Float32Array.of(3), 3, 3);
  expect(await counter.take()).toEqual([expected]);
  expect(await counter.take()).toEqual([]);
});

it('says whether all values are finite', async () => {
  const counter = counterHere(session, outputs);
  for (const value of [Number.NaN, Infinity, -Infinity])
    expect(await counter.count({ x: rowsOf([0, value]) }, { rows: 2, of: 2 })).toBe(false);
});

it('counts the same wherever runs go', async () => {
  const runs = fc.array(
    fc.record({
      values: fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      at: fc.nat(2),
    }),
    { minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      const alone = counterHere(session, outputs);
      const several = [0, 1, 2].map(() => counterHere(session, outputs));
      for (const { values, at } of all)
        for (const counter of [alone, several[at]])
          await counter.count({ x: rowsOf(values) }, { rows: values.length, of: values.length });
      expect(await takeAll(several.map(({ take }) => take))).toEqual(await alone.take());
    }),
  );
});

it('counts where the session does, if that does', async () => {
  const elsewhere = counterHere(session, outputs);
  const given = { ...session, counterOf: () => elsewhere } as unknown as Session;
  expect(counterOf(given, outputs)).toBe(elsewhere);
});
