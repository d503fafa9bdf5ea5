import { join, posix, resolve } from 'node:path';
import { type BaselineStore, baselineFile, folderStore, HiddenBaseline } from '../baseline/store.ts';
import type { Config } from '../config/config.ts';
import { UserError } from '../errors.ts';
import type { Api } from '../github/api.ts';
import { type BaselineArtifactLookup, lookUpBaselineArtifact } from '../github/baseline-artifact.ts';
import { readFileAt } from '../github/contents.ts';
import { readReleaseAsset } from '../github/release-asset.ts';
import type { ConfigPlace } from './change/config-place.ts';
import type { Base } from './event.ts';
import type { ModeContext } from './mode.ts';

const MAX_BYTES = 2 ** 27;

/**
 * Where the baselines of a change are looked for: in the folder of the input; else in the artifacts that the base branch
 * has left, then where the configuration says. Nothing is asked before the first model.
 *
 * @param config the one that judges
 * @param base undefined for what proposes no change
 */
export function baselinesOf(
  { api, job, inputs }: Pick<ModeContext, 'api' | 'job' | 'inputs'>,
  config: Config,
  place: ConfigPlace,
  base: Base | undefined,
): BaselineStore | undefined {
  if (inputs.baseline !== undefined) return folderStore(resolve(job.workspace, inputs.baseline));
  if (base === undefined || api === undefined) {
    return typeof config.baseline === 'string'
      ? folderStore(join(place.root, place.folder, config.baseline))
      : undefined;
  }
  const fallback = fallbackOf({ api, job }, config, place, base);
  let lookup: Promise<BaselineArtifactLookup> | undefined;
  return async (model) => {
    lookup ??= lookUpBaselineArtifact(api, job.repository, {
      branch: base.branch,
      builtOn: base.commit,
      workflow: job.workflowPath,
    });
    const found = await lookup;
    const bytes = found.state === 'found' ? found.files.get(baselineFile(model)) : undefined;
    if (found.state === 'found' && bytes !== undefined)
      return { bytes, where: `the baseline of run ${found.origin.runId}` };
    const kept = await fallback?.(model);
    if (kept === undefined) refuseLost(found);
    return kept;
  };
}

/** What was there and cannot be had is said; it is no "not yet". */
function refuseLost(lookup: BaselineArtifactLookup): void {
  if (lookup.state === 'hidden') throw new HiddenBaseline(lookup.reason);
  if (lookup.state === 'unavailable') throw new UserError(lookup.reason);
  if (lookup.state === 'expired') {
    const { commit, runId } = lookup.origin;
    throw new UserError(
      `that of commit ${commit.slice(0, 12)} has expired: start the workflow of run ${runId} on the base branch again`,
    );
  }
}

function fallbackOf(
  { api, job: { repository } }: { readonly api: Api } & Pick<ModeContext, 'job'>,
  { baseline }: Config,
  { folder }: ConfigPlace,
  base: Base,
): BaselineStore | undefined {
  if (baseline === undefined) return undefined;
  if (typeof baseline === 'string') {
    return async (model) => {
      const path = posix.join(folder, baseline, baselineFile(model));
      const bytes = await readFileAt(api, repository, { commit: base.commit, path }, MAX_BYTES);
      return bytes && { bytes, where: `${path} of the base commit` };
    };
  }
  return async (model) => {
    const file = baselineFile(model);
    const bytes = await readReleaseAsset(api, repository, { tag: baseline.release, file }, MAX_BYTES);
    return bytes && { bytes, where: `${file} of release ${baseline.release}` };
  };
}
