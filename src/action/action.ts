import { fileURLToPath } from 'node:url';
import * as core from '@actions/core';
import { failureLine, messageOf, UserError } from '../errors.ts';
import type { Api } from '../github/api.ts';
import { tellNobody } from '../supervision/message.ts';
import { supervise } from '../supervision/supervise.ts';
import { openSupervised } from '../supervision/supervised.ts';
import { parseEvent } from './event.ts';
import { type Mode, readInputs } from './inputs.ts';
import { readJob } from './job.ts';
import type { Outcome, RunMode } from './mode.ts';
import { inertLine, runnerLog as log } from './runner-log.ts';

/** Loaded when they run: to write a comment takes nothing of what judges a model. */
const load: Readonly<Record<Mode, () => Promise<RunMode>>> = {
  gate: async () => (await import('./modes/gate.ts')).gate,
  baseline: async () => (await import('./modes/record-baseline.ts')).baseline,
  report: async () => (await import('./modes/report.ts')).report,
  command: async () => (await import('./modes/obey.ts')).command,
  calibrate: async () => (await import('./modes/measure-shard.ts')).calibrate,
  evaluate: async () => (await import('./modes/measure-shard.ts')).evaluate,
  explain: async () => (await import('./modes/measure-shard.ts')).explainTargets,
};

/** These read models, in a process of its own that this one watches. */
const measuring: readonly Mode[] = ['gate', 'baseline', 'calibrate', 'evaluate', 'explain'];

const supervised = openSupervised();

let code = 0;

try {
  await main();
} catch (error) {
  fail(failureLine(error), 1);
}
await supervised?.end(code);

async function main(): Promise<void> {
  const job = readJob(process.env, fileURLToPath(new URL('../runtime', import.meta.url)));
  const inputs = readInputs(core.getInput, job.event);
  if (supervised === undefined && measuring.includes(inputs.mode)) return watchOver();
  // Neither npm nor what a module of the user's own starts has a use for it.
  delete process.env.INPUT_TOKEN;
  log.info(`quantgate ${inputs.mode} of ${job.repository.owner}/${job.repository.repo}, event ${job.event}`);
  const event = parseEvent(job.event, await readPayload());
  const { token } = inputs;
  const api = token === undefined ? undefined : await clientWith(token, job.apiUrl);
  const run = await load[inputs.mode]();
  await leave(await run({ inputs, job, event, api, log, tell: supervised?.tell ?? tellNobody }));
}

/** What the measuring process fails by, the job fails by; where it did not get that far, it fails all the same. */
async function watchOver(): Promise<void> {
  const { problem, ...ended } = await supervise();
  if (problem !== undefined) fail(problem, ended.code);
  else process.exitCode = ended.code;
}

function fail(line: string, exitCode: number): void {
  core.setFailed(inertLine(line));
  code = exitCode;
  process.exitCode = exitCode;
}

/** A process that only watches has no use for a client. */
async function clientWith(token: string, apiUrl: string): Promise<Api> {
  return (await import('../github/client.ts')).createClient({ token, apiUrl });
}

async function readPayload(): Promise<unknown> {
  try {
    // It reads the file when it is loaded.
    return (await import('@actions/github')).context.payload;
  } catch (error) {
    throw new UserError(
      `the payload of the event cannot be read (${messageOf(error)}): start the workflow again`,
    );
  }
}

async function leave({ outputs, summary, failure }: Outcome): Promise<void> {
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
  if (summary !== '') await core.summary.addRaw(summary).write();
  if (failure !== undefined) fail(failure, 1);
}
