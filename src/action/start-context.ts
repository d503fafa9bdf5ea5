import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Limits } from '../config/limits.ts';
import type { Copies } from '../paths.ts';
import type { Context } from '../pipeline/prepare.ts';
import { noTimes } from '../pipeline/progress.ts';
import { toldProgress, toldRuntime } from '../supervision/told.ts';
import type { ConfigPlace } from './change/config-place.ts';
import { logProgress } from './log-progress.ts';
import type { ModeContext } from './mode.ts';
import { startRunnerRuntime } from './runner-runtime.ts';

/** What measures: a config, and the limits of the one that judges. */
export interface Measuring {
  readonly config: Config;
  readonly limits: Limits;
  readonly place: ConfigPlace & { readonly copies?: Copies };
}

/**
 * Starts ONNX Runtime, which is installed first where it is not, for the models of a config, and does the work that takes
 * it, within the limits.
 *
 * @throws UserError when it cannot be installed, or the provider does not run here
 */
export async function whileMeasuring<T>(
  { config, limits, place: { root, folder, copies } }: Measuring,
  { inputs, job, log, tell }: Pick<ModeContext, 'inputs' | 'job' | 'log' | 'tell'>,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const runtime = await startRunnerRuntime(inputs.provider ?? config.provider, job, log.info);
  tell({ kind: 'measuring', limits });
  try {
    return await work({
      place: { folder: join(root, folder), root: job.workspace, copies },
      runtime: toldRuntime(runtime, tell),
      progress: toldProgress(logProgress(log.info), tell),
      times: noTimes(),
      signal: new AbortController().signal,
      now: () => performance.now(),
    });
  } finally {
    tell({ kind: 'measured' });
  }
}
