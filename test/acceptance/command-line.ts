import { spawn } from 'node:child_process';
import { installedCli } from '../support/installed.ts';

const TIME_LIMIT_MS = 60_000;

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandPlace {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another installation than the one under test. */
  readonly script?: string;
  /** A command that runs it, such as a tracer. */
  readonly under?: readonly string[];
  /** After which it is killed, in milliseconds. */
  readonly limitMs?: number;
}

/** Runs the installed command line with nothing in its environment but PATH and `env`, while this process can serve it. */
export function runQuantgate(args: readonly string[], given: CommandPlace): Promise<CommandResult> {
  const { cwd, env = {}, script = installedCli(), under = [], limitMs = TIME_LIMIT_MS } = given;
  return new Promise((done, fail) => {
    const [command, ...rest] = [...under, process.execPath, script, ...args];
    const child = spawn(command!, rest, {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      timeout: limitMs,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (signal === null) done({ code, stdout, stderr });
      else fail(new Error(`quantgate ${args.join(' ')} did not end within ${limitMs / 1000} s:\n${stderr}`));
    });
  });
}
