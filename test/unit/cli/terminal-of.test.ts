import { describe, expect, it } from 'vitest';
import { canRedraw, terminalOf } from '../../../src/cli/terminal-of.ts';

const tty = { isTTY: true, columns: 80, hasColors: () => true };
const pipe = { isTTY: false, columns: 0, hasColors: () => false };

describe('where results are shown', () => {
  it('is a terminal with its width and its colours', () => {
    expect(terminalOf(tty, { TERM: 'xterm' })).toEqual({ columns: 80, hasColours: true });
    expect(terminalOf({ ...tty, hasColors: () => false }, {})).toEqual({ columns: 80, hasColours: false });
  });

  it.each([
    ['a pipe or a file', pipe, {}],
    ['CI', tty, { CI: 'true' }],
    ['CI, whatever colours it wants', pipe, { CI: 'true', FORCE_COLOR: '1' }],
    ['a terminal that is dumb', tty, { TERM: 'dumb' }],
    ['a terminal without a width', { ...tty, columns: 0 }, {}],
    ['a pipe that wants no colours', pipe, { FORCE_COLOR: '0' }],
  ])('is no terminal: %s', (_, stream, env) => {
    expect(terminalOf(stream, env)).toBeUndefined();
    expect(canRedraw(stream, env)).toBe(false);
  });

  it('is a pipe that wants colours, such as a pager, where no line is drawn twice', () => {
    expect(terminalOf(pipe, { FORCE_COLOR: '1' })).toEqual({ columns: 100, hasColours: true });
    expect(canRedraw(pipe, { FORCE_COLOR: '1' })).toBe(false);
  });
});
