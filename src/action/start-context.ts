import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Copies } from '../paths.ts';
import type { Context } from '../pipeline/prepare.ts';
import type { ConfigPlace } from './change/config-place.ts';
import { logProgress } from './log-progress.ts';
import type { ModeContext } from './mode.ts';
import { startRunnerRuntime } from './runner-runtime.ts';

/**
 * Starts ONNX Runtime, which is installed first where it is not, for the models of a config.
 *
 * @throws UserError when it cannot be installed, or the provider does not run here
 */
export async function openMeasuring(
  config: Config,
  { root, folder, copies }: ConfigPlace & { readonly copies?: Copies },
  { inputs, job, log }: Pick<ModeContext, 'inputs' | 'job' | 'log'>,
): Promise<Context> {
  return {
    place: { folder: join(root, folder), root: job.workspace, copies },
    runtime: await startRunnerRuntime(inputs.provider ?? config.provider, job, log.info),
    progress: logProgress(log.info),
    times: {},
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}
