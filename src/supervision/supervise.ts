import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { type Supervision, supervisionOf } from './ending.ts';
import { isMessage } from './message.ts';
import { ownMemory } from './own-memory.ts';
import { SUPERVISED_BY } from './supervised.ts';
import { newWatch } from './watch.ts';

/** How often the clock and the memory are looked at. Elsewhere than on Linux a look is a process. */
const PACE = process.platform === 'linux' ? { least: 4, most: 100 } : { least: 250, most: 1000 };
/** In which an interrupted process may end by itself. */
const GRACE_MS = 1000;
/** In which a process that has told its result may end by itself: a module may have left something open. */
const LINGER_MS = 5000;

const interrupting = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs this program once more with the same arguments, where `openSupervised` finds that it is supervised, and sees to it
 * that it ends: within its limits of time and memory, when this process is told to end, and with a result. Its temporary
 * files lie in a folder of its own, which is removed however it ends.
 *
 * @throws UserError when it cannot be started
 */
export async function supervise(): Promise<Supervision> {
  const folder = temporaryFolder();
  try {
    return await ended(start(folder));
  } finally {
    // What cannot be removed changes no verdict.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'quantgate-'));
  } catch (error) {
    throw new UserError(
      `no folder for temporary files can be made (${messageOf(error)}): set TMPDIR to a folder that can be written`,
    );
  }
}

/**
 * The C library's allocator keeps what is freed for the next run of a model: it would give back and fetch, page by page, every
 * tensor that leaves ONNX Runtime. Blocks of 4 MiB go back all the same: a model of large pictures leaves half a gigabyte of
 * them between smaller ones, and takes no longer. Threads share two heaps: each of its own keeps what it once took (YOLOv8-nano with
 * four targets 1.1 GB, and .7 with two, in the same time). Others than glibc's take no notice.
 */
const KEEPING_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 22),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 28),
  MALLOC_ARENA_MAX: '2',
};

function start(folder: string): ChildProcess {
  const [, script, ...args] = process.argv;
  const own = { TMPDIR: folder, TMP: folder, TEMP: folder, [SUPERVISED_BY]: String(process.pid) };
  return fork(script, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...KEEPING_MEMORY, ...process.env, ...own },
  });
}

function ended(child: ChildProcess): Promise<Supervision> {
  const watch = newWatch(performance.now(), PACE);
  let result: number | undefined;
  let failed: string | undefined;
  let broken: string | undefined;
  let isInterrupted = false;
  let isOver = false;
  const kill = () => void child.kill('SIGKILL');
  const killIn = (ms: number) => void setTimeout(kill, ms).unref();
  const interrupt = (signal: NodeJS.Signals) => {
    if (!isInterrupted) killIn(GRACE_MS);
    isInterrupted = true;
    child.kill(signal);
  };
  const look = async () => {
    const memory = await ownMemory(child.pid!);
    if (isOver || result !== undefined) return;
    broken = watch.broken(performance.now(), memory);
    if (broken === undefined) setTimeout(look, watch.lookIn(memory)).unref();
    else kill();
  };
  for (const signal of interrupting) process.on(signal, interrupt);
  child.on('message', (message) => {
    if (!isMessage(message)) return;
    watch.hear(message);
    if (message.kind === 'failed') failed = message.why;
    if (message.kind !== 'result') return;
    result = message.code;
    killIn(LINGER_MS);
  });
  if (child.pid !== undefined) void look();
  return new Promise<Supervision>((done, fail) => {
    child.on('error', (error) =>
      fail(new UserError(`the measuring process cannot be started (${messageOf(error)}): run again`)),
    );
    child.on('close', (code, signal) =>
      done(supervisionOf({ result, failed, broken, isInterrupted, code, signal, place: watch.place() })),
    );
  }).finally(() => {
    isOver = true;
    for (const signal of interrupting) process.off(signal, interrupt);
  });
}
