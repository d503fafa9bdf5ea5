import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { folderStore } from '../baseline/store.ts';
import { loadConfig } from '../config/load.ts';
import type { Report } from '../report/schema.ts';
import { writeBelow, writeReport } from '../report/write.ts';
import { gate as judge } from '../run.ts';
import { openMeasuring } from './measuring.ts';
import type { Outcome, Step } from './step.ts';

/** Judges the models of a pull request. */
export async function gate(step: Step): Promise<Outcome> {
  const { inputs, job, log } = step;
  const path = resolve(job.workspace, inputs.config);
  const config = await loadConfig(path);
  const context = await openMeasuring(config, path, step);
  const kept = inputs.baseline ?? config.baseline;
  const from = inputs.baseline === undefined ? context.place.folder : job.workspace;
  const out = resolve(job.workspace, inputs.out);
  const report = await judge(
    {
      config,
      baselines: typeof kept === 'string' ? folderStore(resolve(from, kept)) : undefined,
      shards: new Map(),
      commit: job.commit,
      date: new Date(),
      writeChipFile: ({ path, content }) => writeBelow(out, path, content),
    },
    context,
  );
  await writeReport(out, report);
  for (const warning of report.warnings) log.warning(warning);
  if (report.verdict === 'inconclusive')
    log.warning('the samples do not decide whether the drop is within the budget: see the job summary');
  return {
    outputs: { verdict: report.verdict, drop: largestDrop(report), report: join(out, 'report.json') },
    summary: await readFile(join(out, 'report.md'), 'utf8'),
    failure:
      report.verdict === 'fail' ? 'the accuracy drop is above the budget: see the job summary' : undefined,
  };
}

function largestDrop(report: Report): number {
  const drops = report.models.flatMap((m) =>
    m.targets.flatMap((t) => (t.verdict === 'error' ? [] : [t.metric.drop])),
  );
  return Math.max(...drops);
}
