import { describe, expect, it } from 'vitest';
import type { Runtime, Session } from '../../../src/runtime/runtime.ts';
import { isMessage, type Message } from '../../../src/supervision/message.ts';
import { toldProgress, toldRuntime } from '../../../src/supervision/told.ts';

describe('what a supervised process tells', () => {
  it('is each stage, beside showing it', () => {
    const told: Message[] = [];
    const shown: unknown[] = [];
    const progress = toldProgress(
      {
        begin: (...begun) => {
          shown.push(begun);
          return { advance: (count) => void shown.push(count), end: () => void shown.push('end') };
        },
      },
      (message) => void told.push(message),
    );
    const stage = progress.begin('signs/calibrate', 9, 'samples');
    stage.advance(3);
    stage.end();
    progress.beat!();
    expect(told).toEqual([
      { kind: 'begin', stage: 'signs/calibrate' },
      { kind: 'advance' },
      { kind: 'end' },
      { kind: 'advance' },
    ]);
    expect(shown).toEqual([['signs/calibrate', 9, 'samples'], 3, 'end']);
  });

  it('is each answer of ONNX Runtime, which stays what it is', async () => {
    const told: Message[] = [];
    const session: Session = { inputs: [], outputs: [], run: async () => ({}), close: async () => {} };
    const runtime = { provider: 'cpu', version: '1', open: async () => session } as unknown as Runtime;
    const opened = await toldRuntime(runtime, (message) => void told.push(message)).open('m.onnx', {
      optimize: 'none',
    });
    expect(await opened.run({})).toEqual({});
    expect(opened.counterOf).toBeUndefined();
    expect(told).toEqual([{ kind: 'advance' }, { kind: 'advance' }]);
  });

  it('is each run that is counted where it is computed, and what was counted', async () => {
    const told: Message[] = [];
    const counterOf: Session['counterOf'] = () => ({ count: async () => false, take: async () => [] });
    const session = { counterOf } as unknown as Session;
    const runtime = { open: async () => session } as unknown as Runtime;
    const options = { optimize: 'none' } as const;
    const opened = await toldRuntime(runtime, (message) => void told.push(message)).open('m.onnx', options);
    const { count, take } = opened.counterOf!([]);
    expect([await count({}, { rows: 1, of: 1 }), await take()]).toEqual([false, []]);
    expect(told).toHaveLength(3);
  });

  it('is told from what a module sends to the same place', () => {
    expect(isMessage({ kind: 'result', code: 0 })).toBe(true);
    for (const other of [null, undefined, 'ready', 7, {}, { kind: 'ready' }, ['result']])
      expect(isMessage(other), String(other)).toBe(false);
  });
});
