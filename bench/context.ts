import type { Context } from '../src/pipeline/prepare.ts';
import { noTimes } from '../src/pipeline/progress.ts';
import { startRuntime } from '../src/runtime/runtime.ts';

/** What stages run in, for what no command measures. */
export async function openContext(folder: string): Promise<Context> {
  return {
    place: { folder, root: folder },
    runtime: await startRuntime('cpu'),
    progress: { begin: () => ({ advance() {}, end() {} }) },
    times: noTimes(),
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}
