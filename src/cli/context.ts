import { dirname, relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { UserError } from '../errors.ts';
import type { Place } from '../paths.ts';
import type { Context } from '../pipeline/prepare.ts';
import type { Progress } from '../pipeline/progress.ts';
import { providers, type RequestedProvider } from '../runtime/provider.ts';
import { startRuntime } from '../runtime/runtime.ts';

/** What every command that computes needs, from its options. */
export async function openContext(given: {
  readonly config: string;
  readonly provider: string | undefined;
  readonly cwd: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Promise<{ config: Config; context: Context }> {
  const path = resolve(given.cwd, given.config);
  const config = await loadConfig(path);
  const runtime = await startRuntime(requested(given.provider) ?? config.provider);
  const now = () => performance.now();
  const place = placeOf(dirname(path), given.cwd);
  return {
    config,
    context: { place, runtime, progress: given.progress, times: {}, signal: given.signal, now },
  };
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
