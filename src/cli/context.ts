import { dirname, relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { limitsOf } from '../config/limits.ts';
import { loadConfig } from '../config/load-config.ts';
import { UserError } from '../errors.ts';
import type { Place } from '../paths.ts';
import type { Context } from '../pipeline/prepare.ts';
import { noTimes } from '../pipeline/progress.ts';
import { providers, type RequestedProvider } from '../runtime/provider.ts';
import { startRuntime } from '../runtime/runtime.ts';
import { inThreads } from '../runtime/session-thread.ts';
import { toldRuntime } from '../supervision/told.ts';
import type { World } from './world.ts';

/** The configuration that a command computes by. */
export interface AskedConfig {
  readonly path: string;
  readonly provider: string | undefined;
  /** Makes it of the one that was read. */
  readonly adjusted: (config: Config) => Config;
}

/** What every command that computes needs, from its options. */
export async function openContext(
  asked: AskedConfig,
  { cwd, progress, signal, tell }: Pick<World, 'cwd' | 'progress' | 'signal' | 'tell'>,
): Promise<{ config: Config; context: Context }> {
  const path = resolve(cwd, asked.path);
  const config = asked.adjusted(await loadConfig(path, cwd));
  tell({ kind: 'measuring', limits: limitsOf(config) });
  const started = await startRuntime(requested(asked.provider) ?? config.provider);
  const runtime = toldRuntime(inThreads(started), tell);
  const now = () => performance.now();
  const place = placeOf(dirname(path), cwd);
  return { config, context: { place, runtime, progress, times: noTimes(), signal, now } };
}

/** Paths of a config may leave its folder but not the folder that the command was started in. */
function placeOf(folder: string, cwd: string): Place {
  const isInside = !relative(cwd, folder).startsWith('..');
  return { folder, root: isInside ? cwd : folder };
}

function requested(provider: string | undefined): RequestedProvider | undefined {
  const known = ['auto', ...providers];
  if (provider !== undefined && !known.includes(provider)) {
    throw new UserError(`--provider ${provider} is unknown: use ${known.join(', ')}`);
  }
  return provider as RequestedProvider | undefined;
}
