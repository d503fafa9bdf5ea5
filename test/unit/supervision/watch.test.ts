import { describe, expect, it } from 'vitest';
import type { Limits } from '../../../src/config/limits.ts';
import { newWatch } from '../../../src/supervision/watch.ts';

const limits: Limits = { minutes: 2, idleMinutes: 1, memory: 5e8 };

/** A watch from 0 s on, and what it says at each second that is asked for. */
function watching(told: Limits | null = limits) {
  const watch = newWatch(0);
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
    expect(newWatch(0).place()).toBe('before anything was measured');
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
    const watch = newWatch(0);
    watch.hear({ kind: 'measuring', limits });
    expect(watch.broken(3_600_000, undefined)).toBeUndefined();
    expect(watch.broken(3_601_000, undefined)).toBeUndefined();
  });

  it('may hold its memory', () => {
    expect(watching().until(10, 5e8)).toBeUndefined();
    expect(watching().until(10, 2.349e9)).toEqual([
      0,
      expect.stringMatching(/it held 2\.35 GB of memory, more than the 0\.5 GB of limits\.memory: raise/),
    ]);
    expect(watching(null).until(10, 1.99e9)).toBeUndefined();
    expect(watching(null).until(10, 2.01e9)?.[1]).toContain('the 2 GB of limits.memory');
  });
});
