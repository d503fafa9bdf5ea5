import { expect, it } from 'vitest';
import { booked, noTimes, timed } from '../../../src/pipeline/progress.ts';

function recording() {
  const log: unknown[] = [];
  let clock = 0;
  const progress = {
    begin: (...given: [string, number | undefined, string, number?]) => {
      log.push(given);
      return { advance: (n: number) => log.push(n), end: () => log.push('end') };
    },
  };
  const times = noTimes();
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
  expect(times.seconds['m/calibrate']).toBeCloseTo(1.2344, 12);
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
  expect(times.seconds).toEqual({ 'm/evaluate': 0.5 });
  expect(log).toEqual([['m/evaluate', undefined, 'samples', undefined], 'end']);
});

it('says what it counts, and its own time', async () => {
  const { log, given } = recording();
  await timed('m/recover', 3, given, async () => {}, { things: 'attempts', seconds: 600 });
  expect(log).toEqual([['m/recover', 3, 'attempts', 600], 'end']);
});

it('counts each second for the innermost stage, so that all add up to the whole', async () => {
  const { times, wait, given } = recording();
  await booked('m/judge', given, async () => {
    wait(100);
    await timed('m/evaluate', 8, given, async () => {
      wait(200);
      for (const name of ['fp32', 'snpe', 'fp32']) await booked(`m/${name}`, given, async () => wait(400));
    });
    await booked('m/snpe/advise', given, () => Promise.reject(new Error('none'))).catch(() => wait(50));
    wait(25);
  });
  expect(times.seconds).toEqual({
    'm/judge': expect.closeTo(0.175, 12),
    'm/evaluate': expect.closeTo(0.2, 12),
    'm/fp32': 0.8,
    'm/snpe': 0.4,
    'm/snpe/advise': 0,
  });
});
