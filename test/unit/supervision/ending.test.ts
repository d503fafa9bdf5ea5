import { describe, expect, it } from 'vitest';
import { type Ending, supervisionOf } from '../../../src/supervision/ending.ts';

const of = (ending: Partial<Ending>) =>
  supervisionOf({
    result: undefined,
    failed: undefined,
    broken: undefined,
    isInterrupted: false,
    code: null,
    signal: null,
    place: 'in signs/evaluate',
    ...ending,
  });

describe('a supervised process', () => {
  it('comes to what it has told, whatever becomes of it then', () => {
    for (const result of [0, 1, 2, 3, 130]) {
      expect(of({ result, code: 0 })).toEqual({ code: result });
      expect(of({ result, signal: 'SIGKILL', isInterrupted: true })).toEqual({ code: result });
    }
  });

  it.each([0, 1, 3])('is an error without a result, if it exits with %i', (code) => {
    const { problem, ...ended } = of({ code });
    expect(ended).toEqual({ code: 2 });
    expect(problem).toBe(
      `the measuring process ended without a result in signs/evaluate (exit code ${code}): a module that calls process.exit, or fails where nothing catches it, ends the run: let it throw where it is called`,
    );
  });

  it('says what failed where nothing catches it, and that it waited for nothing', () => {
    const words = 'ended without a result in signs/evaluate';
    expect(of({ code: 1, failed: 'no\u001b disk' }).problem).toBe(
      `the measuring process ${words} (exit code 1): it failed where nothing catches it (no  disk): let a module throw where it is called, and await what it starts`,
    );
    expect(of({ code: 13 }).problem).toMatch(
      /\(exit code 13\): a module awaits what never comes: let it end, or throw$/,
    );
  });

  it.each([
    ['SIGKILL', /\(SIGKILL\): .*want of memory/],
    ['SIGSEGV', /\(SIGSEGV\): native code failed/],
    ['SIGABRT', /\(SIGABRT\): native code failed.*or memory ran out/],
  ] as const)('says what %s may mean', (signal, words) => {
    expect(of({ signal })).toEqual({ code: 2, problem: expect.stringMatching(words) });
  });

  it('that was ended says why', () => {
    expect(of({ broken: 'it was late', signal: 'SIGKILL' })).toEqual({ code: 2, problem: 'it was late' });
  });

  it('that was interrupted is that, by whatever signal it went', () => {
    for (const signal of ['SIGINT', 'SIGKILL'] as const)
      expect(of({ isInterrupted: true, signal })).toEqual({
        code: 130,
        problem: 'interrupted; no report was written',
      });
  });
});
