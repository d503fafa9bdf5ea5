import { dirname } from 'node:path';
import { placeOf } from '../cli/context.ts';
import type { Config } from '../config/config.ts';
import { provideOnnxRuntime } from '../runtime/install.ts';
import type { RequestedProvider } from '../runtime/provider.ts';
import { startRuntime } from '../runtime/runtime.ts';
import type { Context } from '../steps/prepare.ts';
import { logProgress } from './progress.ts';
import type { Step } from './step.ts';

/**
 * Starts ONNX Runtime, which is installed first where it is not, for the models of a config.
 *
 * @param path absolute, of the config
 * @throws UserError when it cannot be installed, or the provider does not run here
 */
export async function openMeasuring(
  config: Config,
  path: string,
  { inputs, job, log }: Pick<Step, 'inputs' | 'job' | 'log'>,
): Promise<Context> {
  const folder = await provideOnnxRuntime(job.manifests, job.cache);
  return {
    place: placeOf(dirname(path), job.workspace),
    runtime: await startRuntime((inputs.provider as RequestedProvider) ?? config.provider, folder),
    progress: logProgress(log.info),
    times: {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}
