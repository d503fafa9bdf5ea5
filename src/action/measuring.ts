import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { provideOnnxRuntime } from '../runtime/install.ts';
import { startRuntime } from '../runtime/runtime.ts';
import type { Context } from '../steps/prepare.ts';
import type { ConfigPlace } from './config-place.ts';
import { logProgress } from './progress.ts';
import type { Step } from './step.ts';

/**
 * Starts ONNX Runtime, which is installed first where it is not, for the models of a config.
 *
 * @throws UserError when it cannot be installed, or the provider does not run here
 */
export async function openMeasuring(
  config: Config,
  { root, folder }: ConfigPlace,
  { inputs, job, log }: Pick<Step, 'inputs' | 'job' | 'log'>,
): Promise<Context> {
  const runtime = await provideOnnxRuntime(job.manifests, job.cache);
  return {
    place: { folder: join(root, folder), root: job.workspace },
    runtime: await startRuntime(inputs.provider ?? config.provider, runtime),
    progress: logProgress(log.info),
    times: {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}
