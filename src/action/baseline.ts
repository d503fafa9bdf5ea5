import { resolve } from 'node:path';
import { saveBaseline } from '../baseline/store.ts';
import { loadConfig } from '../config/load.ts';
import { recordBaselines } from '../run.ts';
import { openMeasuring } from './measuring.ts';
import type { Outcome, Step } from './step.ts';

/** Records the FP32 baseline of every model, and keeps it where the gates of pull requests find it. */
export async function baseline({ inputs, job, log }: Step): Promise<Outcome> {
  const path = resolve(job.workspace, inputs.config);
  const config = await loadConfig(path);
  const context = await openMeasuring(config, path, { inputs, job, log });
  const folder = resolve(job.workspace, inputs.baseline ?? 'quantgate-baseline');
  for (const each of await recordBaselines({ config, commit: job.commit, date: new Date() }, context)) {
    const file = await saveBaseline(folder, each);
    log.info(`${each.model}: ${each.metric} ${each.value}, in ${file}`);
  }
  return { outputs: {}, summary: '', failure: undefined };
}
