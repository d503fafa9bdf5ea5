import { expect, it } from 'vitest';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { servingSessions } from '../../../src/runtime/serve-sessions.ts';

it('outputs of texts leave a thread as copies, beside numbers that are moved', async () => {
  const y = { type: 'float32', dims: [1], data: Float32Array.of(1) } as const;
  const label = { type: 'string', dims: [1], data: ['cat'] } as never;
  const runtime = {
    open: async () => ({ inputs: [], outputs: [], run: async () => ({ y, label }), close: async () => {} }),
  } as unknown as Runtime;
  const serve = servingSessions(
    async () => runtime,
    () => 0,
  );
  const moved: (readonly ArrayBuffer[] | undefined)[] = [];
  const reply = (_: unknown, buffers?: readonly ArrayBuffer[]) => moved.push(buffers);
  const model = new Uint8Array(0);
  await serve({ kind: 'open', session: 0, model, options: { optimize: 'float' }, task: 0 }, reply);
  await serve({ kind: 'run', session: 0, feeds: {}, fetches: undefined, task: 1 }, reply);
  expect(moved).toEqual([undefined, [y.data.buffer]]);
});
