import type { Context } from '../../src/pipeline/prepare.ts';
import { noTimes } from '../../src/pipeline/progress.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';

/** What a run works with on the CPU, with its files in a folder and nobody who looks on. */
export async function silentContext(folder: string): Promise<Context> {
  return {
    place: { folder, root: folder },
    runtime: await startRuntime('cpu'),
    progress: { begin: () => ({ advance: () => {}, end: () => {} }) },
    times: noTimes(),
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}
