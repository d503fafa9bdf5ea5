import { parentPort, workerData } from 'node:worker_threads';
import { startRuntime } from './runtime.ts';
import { servingSessions } from './serve-sessions.ts';
import type { NumberedTask } from './session-messages.ts';

/** A thread that opens and runs sessions; what it is given says where onnxruntime-node is installed. */
const { folder } = workerData as { readonly folder: string | undefined };
const port = parentPort!;
const serve = servingSessions(
  () => startRuntime('cpu', folder),
  () => performance.now(),
);
port.on('messageerror', (error) => {
  throw error;
});
port.on('message', (asked: NumberedTask) =>
  serve(asked, (answer, moved = []) => port.postMessage(answer, moved)),
);
