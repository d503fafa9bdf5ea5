import { readBaseline } from '../../baseline/baseline.ts';
import type { BaselineStore } from '../../baseline/store.ts';
import type { Config } from '../../config/config.ts';
import { messageOf, UserError } from '../../errors.ts';
import { readTree } from '../../github/tree.ts';
import { baselinesOf } from '../baselines.ts';
import type { Base } from '../event.ts';
import type { ModeContext } from '../mode.ts';
import type { ConfigPlace } from './config-place.ts';
import type { BaseState } from './unchanged.ts';

/** A base and its files; undefined where GitHub does not tell all of them. */
export type BaseTree = Pick<BaseState, 'commit' | 'tree'>;

/** What GitHub and the stored baselines say of a base; what they do not say is not known, and a line in the log. */
export function baseStateOf(step: ModeContext, config: Config, place: ConfigPlace, base: Base): BaseState {
  const { api, job, log } = step;
  const orUnknown = async <T>(what: string, read: () => Promise<T | undefined>) => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      log.info(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  let tree: ReturnType<BaseState['tree']> | undefined;
  return {
    commit: base.commit,
    tree() {
      tree ??= orUnknown(
        'all models are measured',
        async () => api && readTree(api, job.repository, base.commit),
      );
      return tree;
    },
    measuredOn: () =>
      orUnknown('what the baseline was measured on is not known', () =>
        contentsOf(config, baselinesOf(step, config, place, base)),
      ),
  };
}

async function contentsOf(
  { models }: Config,
  store: BaselineStore | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
  const contents = new Map<string, string>();
  for (const { name } of models) {
    const file = await store?.(name);
    if (file === undefined) return undefined;
    const { untracked } = readBaseline(Buffer.from(file.bytes).toString('utf8'), file.where);
    for (const [path, sha256] of Object.entries(untracked ?? {})) {
      // Jobs of a matrix that measured on other contents have no common base.
      if ((contents.get(path) ?? sha256) !== sha256) return undefined;
      contents.set(path, sha256);
    }
  }
  return contents;
}
