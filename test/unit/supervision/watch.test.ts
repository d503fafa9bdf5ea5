import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Limits } from '../../../src/config/limits.ts';
import { newWatch } from '../../../src/supervision/watch.ts';

const limits: Limits = { minutes: 2, idleMinutes: 1, memory: 5e8 };
const pace = { least: 4, most: 100 };
const measuring = (told = limits) => {
  const watch = newWatch(0, pace);
  watch.hear({ kind: 'measuring', limits: told });
  return watch;
};

/** A watch from 0 s on, and what it says at each second that is asked for. */
function watching(told: Limits | null = limits) {
  const watch = newWatch(0, pace);
  if (told !== null) watch.hear({ kind: 'measuring', limits: told });
  let now = 0;
  /** Looks every second, and gives the first thing that is broken, with its second. */
  const until = (second: number, memory?: number) => {
    for (; now <= second; now++) {
      const why = watch.broken(1000 * now, memory);
      if (why !== undefined) return [now, why] as const;
    }
    return undefined;
  };
  return { watch, until };
}

describe('a run', () => {
  it('may take its minutes, however it advances', () => {
    const { watch, until } = watching();
    for (let second = 30; second <= 120; second += 30) {
      expect(until(second)).toBeUndefined();
      watch.hear({ kind: 'advance' });
    }
    expect(until(200)).toEqual([121, expect.stringMatching(/longer than 2 minutes: raise limits\.minutes/)]);
  });

  it('has an hour until a configuration says more', () => {
    const { until } = watching(null);
    expect(until(3600)).toBeUndefined();
    expect(until(3700)?.[0]).toBe(3601);
  });

  it('says where it was ended', () => {
    const { watch, until } = watching();
    expect(watch.place()).toBe('while a model was loaded');
    watch.hear({ kind: 'begin', stage: 'signs/calibrate' });
    expect(until(100)?.[1]).toMatch(/^the run was ended in signs\/calibrate: .*limits\.idle-minutes/);
    watch.hear({ kind: 'begin', stage: 'signs/inner' });
    expect(watch.place()).toBe('in signs/inner');
    watch.hear({ kind: 'end' });
    expect(watch.place()).toBe('in signs/calibrate');
    watch.hear({ kind: 'end' });
    expect(watch.place()).toBe('after signs/calibrate');
    expect(newWatch(0, pace).place()).toBe('before anything was measured');
  });

  it('that does not advance is ended, as long as it measures', () => {
    const { watch, until } = watching();
    expect(until(50)).toBeUndefined();
    watch.hear({ kind: 'advance' });
    expect(until(110)).toBeUndefined();
    expect(watching().until(100)).toEqual([61, expect.stringMatching(/nothing advanced for 1 minute: /)]);
    const waiting = watching();
    waiting.watch.hear({ kind: 'measured' });
    expect(waiting.until(120)).toBeUndefined();
    expect(waiting.until(130)?.[1]).toContain('limits.minutes');
  });

  it('that was suspended goes on', () => {
    const watch = measuring();
    expect(watch.broken(3_600_000, undefined)).toBeUndefined();
    expect(watch.broken(3_601_000, undefined)).toBeUndefined();
  });

  it('may hold its memory', () => {
    expect(watching().until(10, 5e8)).toBeUndefined();
    expect(watching().until(10, 2.349e9)).toEqual([
      0,
      expect.stringMatching(/it held 2\.35 GB of memory, more than the 500 MB of limits\.memory: raise/),
    ]);
    expect(watching(null).until(10, 1.99e9)).toBeUndefined();
    expect(watching(null).until(10, 2.01e9)?.[1]).toContain('the 2 GB of limits.memory');
  });

  it('is told of little memory in MB', () => {
    const { watch } = watching({ ...limits, memory: 1e6 });
    expect(watch.broken(0, 58_634_240)).toContain('it held 58.64 MB of memory, more than the 1 MB of');
  });
});

describe('the memory of a run', () => {
  it('is looked at the more often, the less of it is left', () => {
    const watch = measuring();
    const left = (bytes: number) => watch.lookIn(limits.memory - bytes);
    expect([5e8, 1e9 / 2, 3e8, 1e8, 4e7, 1e7, 0].map(left)).toEqual([50, 50, 30, 10, 4, 4, 4]);
    const large = measuring({ ...limits, memory: 4e9 });
    expect([large.lookIn(1e8), large.lookIn(undefined)]).toEqual([100, 100]);
  });

  it('may be near the limit as long as it does not grow', () => {
    const watch = measuring();
    for (const [now, memory] of [
      [0, 4.99e8],
      [100, 4.995e8],
      [200, 4.999e8],
      [204, 4.2e8],
      [208, 4.25e8],
    ] as const)
      expect(watch.broken(now, memory)).toBeUndefined();
  });

  it('may grow fast far from the limit, also where looks are slow', () => {
    const watch = newWatch(0, { least: 250, most: 1000 });
    expect(watch.broken(250, 5e8)).toBeUndefined();
    expect(watch.broken(500, 1.7e9)).toBeUndefined();
    expect(watch.broken(750, 1.98e9)).toContain('was about to hold more');
  });

  it('ends the run before it is more than it may be', () => {
    const watch = measuring();
    expect(watch.broken(100, 4.8e8)).toBeUndefined();
    expect(watch.broken(110, 4.95e8)).toBe(
      'the run was ended while a model was loaded: it held 495 MB of memory and was about to hold more than the 500 MB of limits.memory: raise that in quantgate.yml where a model needs more',
    );
  });

  it('stays within the limit at any pace up to 5 GB a second, though looks are late and the end takes a while', () => {
    const cases = fc.record({
      /** Bytes a millisecond. */
      pace: fc.double({ min: 1e4, max: 5e6, noNaN: true }),
      begin: fc.integer({ min: 0, max: 4e8 }),
      late: fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 50 }),
    });
    fc.assert(
      fc.property(cases, ({ pace, begin, late }) => {
        const watch = measuring({ ...limits, minutes: 1e6, idleMinutes: 1e6 });
        const heldAt = (now: number) => begin + pace * now;
        let now = 0;
        for (let look = 0; watch.broken(now, heldAt(now)) === undefined; look++)
          now += watch.lookIn(heldAt(now)) + late[look % late.length];
        // Of which floating point may leave some bytes.
        expect(heldAt(now + 4)).toBeLessThanOrEqual(limits.memory + 1);
        // Nor is it ended long before.
        expect(heldAt(now)).toBeGreaterThan(limits.memory - 13 * pace);
      }),
      { numRuns: 1000 },
    );
  });
});
