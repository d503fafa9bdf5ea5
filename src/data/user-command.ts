import { z } from 'zod';
import { type ChildEnd, runChild } from '../child-group.ts';
import { printable, UserError } from '../errors.ts';

/** What a shell would act on: nothing here does. */
const SHELL = /["'\\$`|&;<>(){}*?~#!]/;
const text = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\p{Cc}]+$/u, { error: 'must be one line without control characters' });

/** A command with its arguments, as a list, or as plain words that white space separates: no shell reads it. */
export const commandSchema = z
  .union(
    [
      text
        .refine((words) => words.trim() !== '' && !SHELL.test(words), {
          error: 'must be plain words, as no shell reads it: write a list, such as [python, eval.py]',
        })
        .transform((words) => words.trim().split(/\s+/)),
      z.array(text).min(1).max(256),
    ],
    { error: 'must be plain words, as no shell reads it, or a list: write such as [python, eval.py]' },
  )
  .describe('A command with its arguments: a list, or words that spaces separate. No shell reads it.');

/** A command as it is shown. */
export function shownCommand(command: readonly string[]): string {
  return command.join(' ');
}

/** What GitHub gives a job for itself, and what looks like a secret. */
const FOR_THE_JOB = /^(GITHUB|ACTIONS|INPUT|RUNNER)_/i;
const SECRET = /TOKEN|SECRET|PASSW|CREDENTIAL|(^|_)(API|ACCESS|PRIVATE|AUTH)_?KEY|_AUTH$/i;

/** An environment without what a command of the user's has no business with: tokens, secrets, the files of the runner. */
export function scrubbed(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !FOR_THE_JOB.test(name) && !SECRET.test(name)),
  );
}

let forbidden: string | undefined;

/** From now on no command runs, for this reason; undefined lets them run. */
export function forbidCommands(why: string | undefined): void {
  forbidden = why;
}

/** How a command runs. */
export interface CommandTerms {
  /** Absolute: the folder of quantgate.yml. */
  readonly cwd: string;
  /** Absolute: what QUANTGATE_FOLDER says. */
  readonly folder: string;
  readonly minutes: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a command of the user's to its end, and gives what it said.
 *
 * @param env of this process
 * @throws UserError where it may not run, cannot be started, fails or takes too long, in its own last words
 */
export async function runUserCommand(
  command: readonly string[],
  { cwd, folder, minutes, signal }: CommandTerms,
  env: NodeJS.ProcessEnv,
): Promise<ChildEnd> {
  const where = `command ${JSON.stringify(shownCommand(command))}`;
  if (forbidden !== undefined) throw new UserError(`${where} does not run: ${forbidden}`);
  const end = await runChild(command, {
    signal,
    minutes,
    cwd,
    env: { ...scrubbed(env), QUANTGATE_FOLDER: folder },
    called: 'it was',
    remedy: 'install it in this job, or give the name of one that is there',
    lateRemedy: 'give it more with minutes, or evaluate fewer samples',
  });
  if (end.ended !== undefined) throw new UserError(`${where} ${end.ended}`);
  if (end.code !== 0) {
    const words = printable(lastLine(end.stderr));
    throw new UserError(
      `${where} ended with exit code ${end.code}${words === '' ? ' and said nothing' : `: ${words}`}`,
    );
  }
  return end;
}

/** The last line of what a command said. */
export function lastLine(said: string): string {
  return said.trimEnd().split('\n').at(-1)!.trim();
}
