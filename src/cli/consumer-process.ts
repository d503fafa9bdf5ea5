import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import type { ConsumerEnd, RunConsumer } from '../pipeline/verify/consumer.ts';

/** In which a consumer has to be done with all samples of a job. */
const MOST_MINUTES = 30;
/** Of each stream, from its end: the last line counts. */
const MOST_CHARACTERS = 2 ** 18;

/**
 * A process between this one and the consumer, in a group with all that the consumer starts: it ends the group when this
 * process is gone, however it went. What a native library does may hold the consumer's own threads.
 */
const WATCH = `
  const { spawn } = require('node:child_process');
  const say = (line) => require('node:fs').writeSync(2, line + '\\n');
  const [python, ...args] = process.argv.slice(1);
  const end = () => process.kill(0, 'SIGKILL');
  process.stdin.on('end', end).on('error', end).resume();
  const child = spawn(python, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', ({ code }) => {
    say(python + ' cannot be started (' + code + '): give the Python that has the package of the vendor with --python');
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal !== null) say('the library ended by ' + signal);
    process.exit(code ?? 1);
  });
`;

/** The folder of the consumers, below that of the package: this file runs from src/cli/, or bundled from dist/ or dist/chunks/. */
function consumersFolder(): string {
  const found = ['../consumers/', '../../consumers/']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new UserError('the folder consumers/ of quantgate is not there: install quantgate again');
  return found;
}

/**
 * Runs consumers by a Python: within a time limit, and ended with all that they started when `signal` aborts.
 *
 * @param python a command
 * @param folder of the scripts, with a slash at its end
 */
export function consumersBy(
  python: string,
  signal: AbortSignal,
  { folder = consumersFolder(), minutes = MOST_MINUTES } = {},
): RunConsumer {
  return async (name, job) => {
    const script = `${folder}${name}.py`;
    if (!existsSync(script))
      throw new UserError(
        `${script} is not there: install quantgate again, or check this target on a device`,
      );
    signal.throwIfAborted();
    return ended([python, script, job], signal, minutes);
  };
}

/** @param command of the consumer, with its arguments */
function ended(command: readonly string[], signal: AbortSignal, minutes: number): Promise<ConsumerEnd> {
  const child = spawn(process.execPath, ['-e', WATCH, '--', ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const heard = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      heard[stream] = (heard[stream] + text).slice(-MOST_CHARACTERS);
    });
  let late: string | undefined;
  const kill = () => endGroup(child);
  const clock = setTimeout(() => {
    late = `took longer than ${minutes} minutes: give fewer samples with --samples`;
    kill();
  }, minutes * 60_000);
  signal.addEventListener('abort', kill);
  return new Promise<ConsumerEnd>((done, fail) => {
    child.on('error', fail);
    // What it has left behind holds its streams open.
    child.on('exit', kill);
    child.on('close', (code) => done({ code, ...heard, ...(late !== undefined && { ended: late }) }));
  }).finally(() => {
    clearTimeout(clock);
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
  });
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
