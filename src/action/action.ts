import { fileURLToPath } from 'node:url';
import * as core from '@actions/core';
import { failureLine, messageOf, UserError } from '../errors.ts';
import { createClient } from '../github/client.ts';
import { parseEvent } from './event.ts';
import { type Mode, readInputs } from './inputs.ts';
import { readJob } from './job.ts';
import type { Log, Outcome, RunMode } from './mode.ts';

/** Loaded when they run: to write a comment takes nothing of what judges a model. */
const load: Readonly<Record<Mode, () => Promise<RunMode>>> = {
  gate: async () => (await import('./modes/gate.ts')).gate,
  baseline: async () => (await import('./modes/record-baseline.ts')).baseline,
  report: async () => (await import('./modes/report.ts')).report,
  command: async () => (await import('./modes/obey.ts')).command,
  calibrate: async () => (await import('./modes/measure-shard.ts')).calibrate,
  evaluate: async () => (await import('./modes/measure-shard.ts')).evaluate,
};

const log: Log = { info: core.info, notice: core.notice, warning: core.warning, error: core.error };

try {
  await main();
} catch (error) {
  core.setFailed(failureLine(error));
}

async function main(): Promise<void> {
  const job = readJob(process.env, fileURLToPath(new URL('../runtime', import.meta.url)));
  const inputs = readInputs(core.getInput, job.event);
  core.info(`quantgate ${inputs.mode} of ${job.repository.owner}/${job.repository.repo}, event ${job.event}`);
  const event = parseEvent(job.event, await readPayload());
  const { token } = inputs;
  const api = token === undefined ? undefined : createClient({ token, apiUrl: job.apiUrl });
  const run = await load[inputs.mode]();
  await leave(await run({ inputs, job, event, api, log }));
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
  if (failure !== undefined) core.setFailed(failure);
}
