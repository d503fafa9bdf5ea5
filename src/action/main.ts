import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as core from '@actions/core';
import { context as event } from '@actions/github';
import { saveBaseline } from '../baseline/store.ts';
import { placeOf } from '../cli/context.ts';
import { loadConfig } from '../config/load.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Report } from '../report/schema.ts';
import { writeBelow, writeReport } from '../report/write.ts';
import { gate, recordBaselines } from '../run.ts';
import { provideOnnxRuntime } from '../runtime/install.ts';
import type { RequestedProvider } from '../runtime/provider.ts';
import { startRuntime } from '../runtime/runtime.ts';
import type { Context } from '../steps/prepare.ts';
import { readInputs } from './inputs.ts';
import { logProgress } from './progress.ts';

try {
  await main();
} catch (error) {
  const known = error instanceof UserError;
  core.setFailed(
    known
      ? messageOf(error)
      : `unexpected error (${messageOf(error)}): this is a defect of quantgate, please report it`,
  );
}

async function main(): Promise<void> {
  const inputs = readInputs(core.getInput, event.eventName);
  const workspace = process.env.GITHUB_WORKSPACE ?? process.cwd();
  const configPath = resolve(workspace, inputs.config);
  const config = await loadConfig(configPath);
  const manifests = join(dirname(fileURLToPath(import.meta.url)), '..', 'runtime');
  const cache = process.env.RUNNER_TOOL_CACHE ?? process.env.RUNNER_TEMP ?? workspace;
  const folder = await provideOnnxRuntime(manifests, cache);
  const runtime = await startRuntime((inputs.provider as RequestedProvider) ?? config.provider, folder);
  const context: Context = {
    place: placeOf(dirname(configPath), workspace),
    runtime,
    progress: logProgress(core.info),
    times: {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
  const commit = /^[0-9a-f]{40}$/.test(event.sha ?? '') ? event.sha : null;
  if (inputs.mode === 'baseline') {
    for (const baseline of await recordBaselines({ config, commit }, context)) {
      const path = await saveBaseline(resolve(workspace, inputs.baseline ?? 'quantgate-baseline'), baseline);
      core.info(`${baseline.model}: ${baseline.metric} ${baseline.value}, in ${path}`);
    }
    return;
  }
  const kept = inputs.baseline ?? config.baseline;
  const baselineFolder =
    kept === undefined
      ? undefined
      : resolve(inputs.baseline === undefined ? context.place.folder : workspace, kept);
  const out = resolve(workspace, inputs.out);
  const report = await gate(
    {
      config,
      baselineFolder,
      shards: new Map(),
      commit,
      date: new Date(),
      writeChipFile: ({ path, content }) => writeBelow(out, path, content),
    },
    context,
  );
  await publish(report, out);
}

async function publish(report: Report, out: string): Promise<void> {
  await writeReport(out, report);
  core.setOutput('verdict', report.verdict);
  core.setOutput('drop', largestDrop(report));
  core.setOutput('report', join(out, 'report.json'));
  for (const warning of report.warnings) core.warning(warning);
  await core.summary.addRaw(await readFile(join(out, 'report.md'), 'utf8')).write();
  if (report.verdict === 'fail') core.setFailed('the accuracy drop is above the budget: see the job summary');
  if (report.verdict === 'inconclusive')
    core.warning('the samples do not decide whether the drop is within the budget: see the job summary');
}

function largestDrop(report: Report): number {
  const drops = report.models.flatMap((m) =>
    m.targets.flatMap((t) => (t.verdict === 'error' ? [] : [t.metric.drop])),
  );
  return Math.max(...drops);
}
