import { describe, expect, it } from 'vitest';
import type { Runtime, Session, SessionOptions } from '../../../src/runtime/runtime.ts';
import type { SessionPool } from '../../../src/runtime/session-pool.ts';
import { forRunsOf, sessionsAtOnce, withRunsSideBySide } from '../../../src/runtime/side-by-side.ts';

/** Where sessions are opened, by a runtime with four threads. */
function placing(provider: Runtime['provider'] = 'cpu') {
  const places: string[] = [];
  const session = {} as Session;
  const runtime: Runtime = {
    provider,
    passedOver: new Map(),
    version: '1',
    open: async (_, __, on = provider) => {
      places.push(on);
      return session;
    },
  };
  const pool: SessionPool = {
    open: async (_, __, copies) => {
      places.push(`${copies} threads`);
      return session;
    },
  };
  return { places, runtime: withRunsSideBySide(runtime, pool, 4) };
}

const MILLION = 10 ** 6;

async function placeOf(options: Partial<SessionOptions>, bytes = 1000, on?: Runtime['provider']) {
  const { places, runtime } = placing();
  await runtime.open(new Uint8Array(bytes), { optimize: 'float', ...options }, on);
  return places[0];
}

describe('sessions of a runtime with threads', () => {
  it.each([
    [1, '4 threads'],
    [30 * MILLION, '4 threads'],
    [60 * MILLION, '2 threads'],
    // One thread alone is no faster than all cores.
    [70 * MILLION, 'cpu'],
    [undefined, 'cpu'],
  ])('go where their values have room: %d, %s', async (values, place) => {
    expect(await placeOf(values === undefined ? {} : { values })).toBe(place);
  });

  it('are not copied where their weights are many, or lie elsewhere', async () => {
    expect(await placeOf({ values: 1 }, 2 ** 24 + 1)).toBe('cpu');
    expect(await placeOf({ values: 1, folder: '/weights' })).toBe('cpu');
    expect(await placeOf({ values: 1, weights: [{ name: 'w', data: new Uint8Array(1) }] })).toBe('cpu');
  });

  it('go to threads on the CPU alone', async () => {
    expect(await placeOf({ values: 1 }, 1000, 'cuda')).toBe('cuda');
    const { places, runtime } = placing('webgpu');
    await runtime.open(new Uint8Array(1), { optimize: 'float', values: 1 });
    await runtime.open(new Uint8Array(1), { optimize: 'integer', values: 1 }, 'cpu');
    expect(places).toEqual(['webgpu', '4 threads']);
  });

  it('have the values that all of them are opened for', async () => {
    const { places, runtime } = placing();
    await forRunsOf(60 * MILLION, runtime).open(new Uint8Array(1), { optimize: 'float' });
    expect(places).toEqual(['2 threads']);
  });
});

it.each([
  [1, 4],
  [60 * MILLION, 2],
  [1000 * MILLION, 1],
])('so many sessions of %d values are worth having open at once: %d', (values, most) => {
  const { runtime } = placing();
  expect(sessionsAtOnce(values, runtime)).toBe(most);
  expect(sessionsAtOnce(values, placing('cuda').runtime)).toBe(1);
});
