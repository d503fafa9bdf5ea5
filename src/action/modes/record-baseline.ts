import type { Baseline } from '../../baseline/baseline.ts';
import { saveBaseline } from '../../baseline/store.ts';
import { earlierHistory, historyOf, withHistory } from '../../baseline/with-history.ts';
import type { Config } from '../../config/config.ts';
import { limitsOf } from '../../config/limits.ts';
import { quote, UserError } from '../../errors.ts';
import { readTree } from '../../github/tree.ts';
import type { ModelHistory } from '../../history/history-file.ts';
import { failureOfAll } from '../../pipeline/failure.ts';
import { recordBaselines } from '../../pipeline/judge-models.ts';
import { type MeasuredBaseline, recordedLines } from '../../pipeline/measure-baseline.ts';
import { baselinesOf } from '../baselines.ts';
import { type ConfigPlace, placeOfConfig } from '../change/config-place.ts';
import { contentPaths } from '../change/content-paths.ts';
import { readJudging } from '../change/judging-config.ts';
import { contentOf } from '../change/same-content.ts';
import { type HistoryBranch, orSay, readHistoryBranch, writeHistoryBranch } from '../history-branch.ts';
import type { ModeContext, Outcome } from '../mode.ts';
import { openOut } from '../out-folder.ts';
import { whileMeasuring } from '../start-context.ts';
import { artifactName, uploadArtifacts } from '../upload-artifacts.ts';

/**
 * Records the baseline of every model, and keeps it where the gates of pull requests find it.
 *
 * @throws UserError when there is no configuration, or a model cannot be measured
 */
export async function baseline(step: ModeContext): Promise<Outcome> {
  const { inputs, job, log } = step;
  const place = placeOfConfig(job.workspace, inputs.config);
  const { config } = await readJudging(step, place, undefined);
  const folder = await openOut(job.workspace, inputs.baseline ?? 'quantgate-baseline', 'baseline');
  const files: string[] = [];
  const input = { config, commit: job.commit, date: new Date() };
  const untracked = await untrackedBy(step, config, place);
  const stored = storedBefore(step, config, place);
  const branch = historyBranchOf(step, config);
  const kept = (branch && (await orSay(log.warning, () => readHistoryBranch(branch)))) ?? [];
  const histories: ModelHistory[] = [];
  const keep = async (measured: MeasuredBaseline) => {
    const { model } = measured.baseline;
    const known = kept.find((each) => each.model === model)?.points ?? [];
    const earlier = await earlierHistory(stored, model, log.warning);
    const recorded = withHistory({ ...measured.baseline, ...untracked }, known, earlier);
    const file = await saveBaseline(folder, recorded);
    histories.push(historyOf(recorded));
    for (const line of recordedLines(measured, file)) log.info(line);
    for (const problem of measured.problems) log.warning(`not in the baseline: ${problem}`);
    files.push(file);
  };
  const problems = await whileMeasuring({ config, limits: limitsOf(config), place }, step, (context) =>
    recordBaselines(input, context, keep),
  );
  if (files.length === 0) throw new UserError(problems.join('; '));
  if (branch !== undefined) await orSay(log.warning, () => writeHistoryBranch(branch, histories));
  const bundle = { name: artifactName('baseline', inputs.models), folder, files };
  const artifacts = await uploadArtifacts([bundle], step);
  return { outputs: { artifacts: JSON.stringify(artifacts) }, summary: '', failure: failureOfAll(problems) };
}

/** The baselines of the branch, which tell of the recordings before this one. */
function storedBefore(step: ModeContext, config: Config, place: ConfigPlace): ReturnType<typeof baselinesOf> {
  const { commit, branch } = step.job;
  if (commit === null || branch === null) return undefined;
  // The folder of the input is where this recording goes.
  const inputs = { ...step.inputs, baseline: undefined };
  return baselinesOf({ ...step, inputs }, config, place, { commit, branch });
}

function historyBranchOf({ api, job }: ModeContext, { historyBranch }: Config): HistoryBranch | undefined {
  if (historyBranch === undefined) return undefined;
  if (historyBranch === job.branch)
    throw new UserError(
      `history.branch is ${quote(historyBranch)}, the branch that is recorded: name another`,
    );
  return api && { api, repository: job.repository, branch: historyBranch };
}

/** What a verdict depends on and git does not have: a later change of that is seen by its content alone. */
async function untrackedBy(
  { api, job }: ModeContext,
  config: Config,
  place: ConfigPlace,
): Promise<Pick<Baseline, 'untracked'>> {
  const tree = api && job.commit ? await readTree(api, job.repository, job.commit).catch(orThrow) : undefined;
  const paths = tree && (await contentPaths(config, place, tree));
  if (paths === undefined) return {};
  const contents = await contentOf(
    paths.map(({ path }) => path),
    place.root,
    tree!,
  );
  const kept = contents.flatMap(({ path, sha256, state }) =>
    state === 'same' || sha256 === undefined ? [] : [[path, sha256] as const],
  );
  return kept.length === 0 ? {} : { untracked: Object.fromEntries(kept) };
}

/** Without the tree, what git does not have is measured in every gate. */
function orThrow(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
