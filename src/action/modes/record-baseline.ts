import { resolve } from 'node:path';
import { saveBaseline } from '../../baseline/store.ts';
import { UserError } from '../../errors.ts';
import { failureOfAll } from '../../pipeline/failure.ts';
import { recordBaselines } from '../../pipeline/judge-models.ts';
import { recordedLines } from '../../pipeline/measure-baseline.ts';
import { placeOfConfig } from '../change/config-place.ts';
import { readJudging } from '../change/judging-config.ts';
import type { ModeContext, Outcome } from '../mode.ts';
import { openMeasuring } from '../start-context.ts';
import { artifactName, uploadArtifacts } from '../upload-artifacts.ts';

/**
 * Records the FP32 baseline of every model, and keeps it where the gates of pull requests find it.
 *
 * @throws UserError when there is no configuration, or a model cannot be measured
 */
export async function baseline(step: ModeContext): Promise<Outcome> {
  const { inputs, job, log } = step;
  const place = placeOfConfig(job.workspace, inputs.config);
  const { config } = await readJudging(step, place, undefined);
  const context = await openMeasuring(config, place, step);
  const folder = resolve(job.workspace, inputs.baseline ?? 'quantgate-baseline');
  const files: string[] = [];
  const input = { config, commit: job.commit, date: new Date() };
  const problems = await recordBaselines(input, context, async (measured) => {
    const file = await saveBaseline(folder, measured.baseline);
    for (const line of recordedLines(measured, file)) log.info(line);
    for (const problem of measured.problems) log.warning(`not in the baseline: ${problem}`);
    files.push(file);
  });
  if (files.length === 0) throw new UserError(problems.join('; '));
  const bundle = { name: artifactName('baseline', inputs.models), folder, files };
  const artifacts = await uploadArtifacts([bundle], step);
  return { outputs: { artifacts: JSON.stringify(artifacts) }, summary: '', failure: failureOfAll(problems) };
}
