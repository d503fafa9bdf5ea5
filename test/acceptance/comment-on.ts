import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ACTIONS_BOT, addToken } from '../fake-github/build.ts';
import type { Event } from '../fake-github/events.ts';
import type { Github } from '../fake-github/server.ts';
import type { Permissions } from '../fake-github/state.ts';
import { permissions } from '../support/action-world.ts';
import { reachOf, runStep, type StepResult } from './runner.ts';

export interface Spoken extends StepResult {
  readonly log: string;
  /** `level: message` */
  readonly said: readonly string[];
}

/**
 * Runs the built action for an event, in a job without a checkout. Whatever the event brings, nothing gets into the
 * environment or the outputs of the job, and no line of the log is a command but its own annotations.
 */
export async function speak(
  github: Github,
  event: Event,
  given: { readonly granted?: Permissions; readonly inputs?: Readonly<Record<string, string>> } = {},
): Promise<Spoken> {
  const workspace = mkdtempSync(join(tmpdir(), 'quantgate-job-'));
  const token = addToken(github.state, ACTIONS_BOT, given.granted ?? permissions);
  const result = await runStep({
    workspace,
    event,
    inputs: given.inputs,
    github: reachOf(github, { token }),
  });
  rmSync(workspace, { recursive: true });
  const log = result.stdout + result.stderr;
  expect(result.exported, log).toEqual({});
  expect(result.outputs, log).toEqual({});
  expect(result.stderr).toBe('');
  const commands = result.stdout.split('\n').filter((line) => /^\s*(::|##)/.test(line));
  expect(commands.filter((line) => !/^::(error|warning|notice)::/.test(line))).toEqual([]);
  return { ...result, log, said: result.annotations.map(({ level, message }) => `${level}: ${message}`) };
}
