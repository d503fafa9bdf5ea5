import { describe, expect, it } from 'vitest';
import type { Loudness } from '../../../src/cli/loudness.ts';
import { terminalProgress } from '../../../src/cli/terminal-progress.ts';

/** What is written to a stream that is no terminal. */
function inLog(loudness: Loudness) {
  let text = '';
  let clock = 0;
  const stream = { isTTY: false, write: (chunk: string) => (text += chunk) } as unknown as NodeJS.WriteStream;
  const progress = terminalProgress(stream, {}, { now: () => clock, loudness });
  return { progress, wait: (ms: number) => (clock += ms), text: () => text };
}

/** The lines that a terminal shows one after the other, without what moves its cursor. */
function onTerminal(columns: number, loudness: Loudness = 'usual') {
  const drawn: string[] = [];
  let clock = 0;
  const write = (chunk: string) => {
    const text = chunk.replace(new RegExp(`${String.fromCharCode(27)}\\[[?0-9;]*[A-Za-z]`, 'g'), '').trim();
    if (text !== '') drawn.push(text.replace(/^[^\w·]+ /, ''));
    return true;
  };
  const stream = {
    isTTY: true,
    columns,
    write,
    hasColors: () => false,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  } as unknown as NodeJS.WriteStream;
  const progress = terminalProgress(stream, { TERM: 'xterm' }, { now: () => clock, loudness });
  return { progress, wait: (ms: number) => (clock += ms), drawn, last: () => drawn.at(-1) };
}

describe('progress in a log', () => {
  it('is a line at the end of each stage', () => {
    const { progress, wait, text } = inLog('usual');
    const stage = progress.begin('signs/calibrate', 100, 'samples');
    stage.advance(100);
    wait(1234);
    stage.end();
    progress.begin('signs/load', undefined, 'samples').end();
    expect(text()).toBe('signs/calibrate: 100 samples, 1.2 s\nsigns/load: 0.0 s\n');
  });

  it('is nothing where the result alone is wanted', () => {
    const { progress, text } = inLog('quiet');
    const stage = progress.begin('signs/calibrate', 100, 'samples');
    stage.advance(1);
    stage.end();
    expect(text()).toBe('');
  });
});

describe('progress on a terminal', () => {
  it('counts what is done of how much, and tells what is left of it', () => {
    const { progress, wait, last } = onTerminal(100);
    const stage = progress.begin('signs/snpe/attribute', 45, 'layers');
    wait(3000);
    stage.advance(15);
    expect(last()).toBe('signs/snpe/attribute 15/45 layers, about 6 s left');
    stage.end();
  });

  it('tells of a stage with a time of its own what is left of that, in front of what runs in it', () => {
    const { progress, wait, last } = onTerminal(120);
    const recover = progress.begin('signs/snpe/recover', 9, 'attempts', 600);
    recover.advance(3);
    wait(470_000);
    const inner = progress.begin('signs/evaluate', 2496, 'samples');
    expect(last()).toBe(
      'signs/snpe/recover 3 of at most 9 attempts, 2:10 of 10:00 min left · signs/evaluate',
    );
    inner.end();
    recover.end();
  });

  it('takes one line, however long the names are', () => {
    const { progress, last } = onTerminal(40);
    const stage = progress.begin(`${'m'.repeat(64)}/calibrate`, 9, 'samples');
    expect(last()!.length).toBeLessThanOrEqual(38);
    stage.end();
  });

  it('leaves nothing behind, but a line a stage where all is wanted', () => {
    const shows = (loudness: Loudness) => {
      const { progress, drawn } = onTerminal(80, loudness);
      const stage = progress.begin('signs/calibrate', 9, 'samples');
      stage.advance(9);
      stage.end();
      return drawn.some((line) => line.includes('signs/calibrate: 9 samples, 0.0 s'));
    };
    expect([shows('usual'), shows('verbose')]).toEqual([false, true]);
  });
});
