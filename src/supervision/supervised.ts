import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import type { Message, Tell } from './message.ts';

/** In the environment of a supervised process: the process that watches it. */
export const SUPERVISED_BY = 'QUANTGATE_SUPERVISED_BY';

/** This process as the one that watches it sees it. */
export interface Supervised {
  readonly tell: Tell;
  /** Tells the result, as the last thing that this process does; again does no harm. */
  end(code: number): Promise<void>;
}

/** Between two messages that a stage advances, in milliseconds. */
const ADVANCE_EVERY_MS = 100;

/** Undefined in a process that is not supervised. */
export function openSupervised(): Supervised | undefined {
  const watcher = Number(process.env[SUPERVISED_BY]);
  delete process.env[SUPERVISED_BY];
  if (process.send === undefined || !(watcher > 0)) return undefined;
  endWith(watcher);
  const send = (message: Message) =>
    // The watcher is gone, and this process goes after it, when it is not heard.
    new Promise<void>((done) => process.send!(message, undefined, undefined, () => done()));
  // Without this Node.js prints a stack trace. What a module has started may fail long after it was called.
  process.on('uncaughtException', (error) => {
    void send({ kind: 'failed', why: messageOf(error) }).then(() => process.exit(1));
  });
  let told = 0;
  return {
    tell(message) {
      const now = performance.now();
      if (message.kind === 'advance' && now - told < ADVANCE_EVERY_MS) return;
      told = now;
      void send(message);
    },
    async end(code) {
      await send({ kind: 'result', code });
      // Nobody is left to remove them.
      if (process.ppid !== watcher) removeTemporaryFiles();
      if (process.connected) process.disconnect();
    },
  };
}

function removeTemporaryFiles(): void {
  try {
    rmSync(process.env.TMPDIR!, { recursive: true, force: true });
  } catch {
    // What cannot be removed changes no verdict.
  }
}

/**
 * Ends this process, and removes its temporary files, when its parent is gone: in a thread of its own, since ONNX Runtime
 * holds the main one while it computes.
 */
function endWith(watcher: number): void {
  const code = `
    const { rmSync } = require('node:fs');
    const { workerData } = require('node:worker_threads');
    setInterval(() => {
      if (process.ppid === workerData.watcher) return;
      try { rmSync(workerData.folder, { recursive: true, force: true }); } catch {}
      process.kill(process.pid, 'SIGKILL');
    }, 500);
  `;
  const workerData = { watcher, folder: process.env.TMPDIR };
  new Worker(code, { eval: true, workerData, execArgv: [] }).unref();
}
