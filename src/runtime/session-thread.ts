import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import type { Runtime } from './runtime.ts';
import type { TaskAnswer } from './session-messages.ts';
import { sessionPool } from './session-pool.ts';
import { withRunsSideBySide } from './side-by-side.ts';
import type { Thread } from './thread-crew.ts';

/** It is built: Node runs no TypeScript in threads. */
const SCRIPT = fileURLToPath(new URL('../../dist/session-worker.js', import.meta.url));

/** More were not measured, and each holds what it runs. */
const MOST_THREADS = 4;

/**
 * The runtime with threads for runs side by side, one for each core that this process may use.
 *
 * @param folder where onnxruntime-node is installed, if not beside this program
 */
export function inThreads(runtime: Runtime, folder?: string, cores = availableParallelism()): Runtime {
  const threads = Math.min(cores, MOST_THREADS);
  if (threads < 2) return runtime;
  return withRunsSideBySide(
    runtime,
    sessionPool(() => startThread(folder), threads),
    threads,
  );
}

function startThread(folder: string | undefined): Thread {
  const worker = new Worker(SCRIPT, { workerData: { folder } });
  worker.unref();
  return {
    ask: (asked) => worker.postMessage(asked),
    hear(answered, ended) {
      worker.on('message', (answer: TaskAnswer) => answered(answer));
      worker.on('error', (error) => ended(messageOf(error)));
      worker.on('messageerror', (error) => {
        ended(messageOf(error));
        void worker.terminate();
      });
      worker.on('exit', (code) => ended(`a thread of it ended with code ${code}`));
    },
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
  };
}
