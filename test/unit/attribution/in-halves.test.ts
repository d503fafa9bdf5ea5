import { expect, it } from 'vitest';
import { inHalves } from '../../../src/attribution/in-halves.ts';
import type { Unit } from '../../../src/quantization/units.ts';
import { EngineError } from '../../../src/runtime/engine-error.ts';

const units = ['a', 'b', 'c', 'd', 'e'].map(
  (name): Unit => ({ name, op: 'Relu', node: undefined, reads: [], layer: undefined }),
);

async function measured(fails: (names: readonly string[]) => Error | undefined) {
  const found: string[] = [];
  const left: string[] = [];
  const measure = async (group: readonly Unit[]) => {
    const names = group.map(({ name }) => name);
    const error = fails(names);
    if (error !== undefined) throw error;
    found.push(...names);
  };
  await inHalves(units, measure, ({ name }) => left.push(name));
  return { found, left };
}

it('units are measured together, and in halves around one that cannot be', async () => {
  expect(await measured(() => undefined)).toEqual({ found: ['a', 'b', 'c', 'd', 'e'], left: [] });
  const withoutD = await measured((names) =>
    names.includes('d') ? new EngineError('run', new Error('shapes')) : undefined,
  );
  expect(withoutD).toEqual({ found: ['a', 'b', 'c', 'e'], left: ['d'] });
});

it('what is no fault of the engine ends the measurement', async () => {
  await expect(measured(() => new Error('a sample is broken'))).rejects.toThrow('a sample is broken');
});
