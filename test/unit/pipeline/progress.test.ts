import { expect, it } from 'vitest';
import { timed } from '../../../src/pipeline/progress.ts';

function recording() {
  const log: unknown[] = [];
  let clock = 0;
  const progress = {
    begin: (...given: [string, number | undefined, string, number?]) => {
      log.push(given);
      return { advance: (n: number) => log.push(n), end: () => log.push('end') };
    },
  };
  const times: Record<string, number> = {};
  return { log, times, wait: (ms: number) => (clock += ms), given: { progress, times, now: () => clock } };
}

it('shows a stage and adds its seconds to those that it took before', async () => {
  const { log, times, wait, given } = recording();
  for (const ms of [1200, 34.4]) {
    const result = await timed('m/calibrate', 40, given, async (advance) => {
      wait(ms);
      advance(16);
      return 'done';
    });
    expect(result).toBe('done');
  }
  expect(times).toEqual({ 'm/calibrate': 1.234 });
  const begun = ['m/calibrate', 40, 'samples', undefined];
  expect(log).toEqual([begun, 16, 'end', begun, 16, 'end']);
});

it('ends a stage that fails', async () => {
  const { log, times, wait, given } = recording();
  const failing = timed('m/evaluate', undefined, given, async () => {
    wait(500);
    throw new Error('no such kernel');
  });
  await expect(failing).rejects.toThrow('no such kernel');
  expect(times).toEqual({ 'm/evaluate': 0.5 });
  expect(log).toEqual([['m/evaluate', undefined, 'samples', undefined], 'end']);
});

it('says what it counts, and its own time', async () => {
  const { log, given } = recording();
  await timed('m/recover', 3, given, async () => {}, { things: 'attempts', seconds: 600 });
  expect(log).toEqual([['m/recover', 3, 'attempts', 600], 'end']);
});
