import { describe, expect, it } from 'vitest';
import { fromStatus, ownMemory } from '../../../src/supervision/own-memory.ts';

const status = (...lines: string[]) => ['Name:\tnode', ...lines, 'Threads:\t11', ''].join('\n');

describe('the memory of a process', () => {
  it('is its own, in memory or swapped out', () => {
    const lines = ['VmRSS:\t  300 kB', 'RssAnon:\t  200 kB', 'RssFile:\t  100 kB', 'VmSwap:\t   50 kB'];
    expect(fromStatus(status(...lines))).toBe(250 * 1024);
  });

  it('is all that is resident where a kernel does not tell more', () => {
    expect(fromStatus(status('VmRSS:\t  300 kB'))).toBe(300 * 1024);
  });

  it('is not known of a process that has ended', async () => {
    expect(fromStatus(status())).toBeUndefined();
    expect(await ownMemory(2 ** 30)).toBeUndefined();
  });

  it('can be seen here', async () => {
    const held = await ownMemory(process.pid);
    expect(held).toBeGreaterThan(1e7);
    expect(held).toBeLessThan(1e11);
  });
});
