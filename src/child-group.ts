import { type ChildProcess, spawn } from 'node:child_process';

/** How a child ended, and the last of what it said. */
export interface ChildEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was ended before it was done. */
  readonly ended?: string;
}

/** How a child runs, and what is said of it. */
export interface ChildTerms {
  readonly signal: AbortSignal;
  readonly minutes: number;
  /** Such as "the library". */
  readonly called: string;
  /** What to do where it cannot be started. */
  readonly remedy: string;
  /** What to do where it takes too long. */
  readonly lateRemedy: string;
  /** Absolute; the current folder if left out. */
  readonly cwd?: string;
  /** All of its environment; that of this process if left out. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Of each stream, from its end: the last line counts. */
export const MOST_CHARACTERS = 2 ** 18;

/**
 * A process between this one and the child, in a group with all that the child starts: it ends the group when this process
 * is gone, however it went. What native code does may hold this process's own threads.
 */
const WATCH = `
  const { spawn } = require('node:child_process');
  const say = (line) => require('node:fs').writeSync(2, line + '\\n');
  const [called, remedy, command, ...args] = process.argv.slice(1);
  const end = () => process.kill(0, 'SIGKILL');
  process.stdin.on('end', end).on('error', end).resume();
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', ({ code }) => {
    say(command + ' cannot be started (' + code + '): ' + remedy);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal !== null) say(called + ' ended by ' + signal);
    process.exit(code ?? 1);
  });
`;

/**
 * Runs a command without a shell: within a time limit, and ended with all that it started when `signal` aborts or this
 * process ends.
 *
 * @param command with its arguments
 * @throws what `signal` was aborted with
 */
export function runChild(command: readonly string[], terms: ChildTerms): Promise<ChildEnd> {
  const { signal, minutes, called, remedy, lateRemedy, cwd, env } = terms;
  const child = spawn(process.execPath, ['-e', WATCH, '--', called, remedy, ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd,
    env,
  });
  const heard = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      heard[stream] = (heard[stream] + text).slice(-MOST_CHARACTERS);
    });
  let late: string | undefined;
  const kill = () => endGroup(child);
  const clock = setTimeout(() => {
    late = `took longer than ${minutes} minutes: ${lateRemedy}`;
    kill();
  }, minutes * 60_000);
  signal.addEventListener('abort', kill);
  return new Promise<ChildEnd>((done, fail) => {
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
