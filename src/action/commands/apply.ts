import { applyRanges } from '../../config/apply-ranges.ts';
import { parseConfig } from '../../config/load-config.ts';
import type { Pin } from '../../config/pins.ts';
import { commitFile, type TextChange } from '../../github/commit-file.ts';
import { readFileAt } from '../../github/contents.ts';
import { readIdentity } from '../../github/identity.ts';
import { readPullRequest } from '../../github/pull-request.ts';
import { renderSuggestion } from '../../github/suggestion.ts';
import { applicable } from '../../report/applicable.ts';
import { escapeCode } from '../../report/escape.ts';
import type { ModelReport } from '../../report/report-schema.ts';
import { type Asked, type Reply, refused } from './asked.ts';
import { notJudged, readNewestReports } from './gate-run.ts';

/** The token of a job, whose commits start no workflow. */
const JOB_TOKEN = 'github-actions[bot]';

/**
 * Writes the ranges that the newest reports suggest into the configuration on the pull request's branch, or shows the
 * change where the branch is a fork's, which no token of this repository may write to.
 */
export async function apply(asked: Asked): Promise<Reply> {
  const { api, repository, pull, by, mayWrite, configPath } = asked;
  if (!mayWrite) return refused('Only people who may push to the repository can have ranges committed.');
  const judged = await readNewestReports(asked);
  if (judged === undefined) return refused(notJudged(asked));
  const { pins, left } = applicable(
    { models: judged.reports.flatMap(({ models }) => models.map(notPassing)) },
    true,
  );
  const count = [...pins.values()].reduce((sum, each) => sum + each.length, 0);
  const rest =
    left.length === 0 ? '' : ` Targets differ in ${left.length} more, which only a person can choose from.`;
  if (count === 0) return refused(`The report suggests no ranges that can be written.${rest}`);
  const { head } = pull;
  if (head.repository === undefined) return refused('The fork of this pull request is gone.');
  const bytes = await readFileAt(api, repository, { commit: head.sha, path: configPath });
  if (bytes === undefined) return refused(`There is no ${escapeCode(configPath, 200)} in the pull request.`);
  const change = changeOf(configPath, Buffer.from(bytes).toString(), pins);
  const already = { done: true, text: `The branch has the suggested ranges.${rest}` };
  if (change.after === change.before) return already;
  if (head.repository.id !== pull.base.repository?.id) {
    const where = 'This branch is of a fork, so it is for its owner to commit.';
    return { done: true, text: `${where}${rest}\n\n${renderSuggestion(change)}` };
  }
  if ((await readPullRequest(api, repository, pull.number)).head.sha !== head.sha)
    return refused('Something was pushed in the meantime: wait for the next report.');
  const isJobs = (await readIdentity(api)) === JOB_TOKEN;
  const message = `Set the ranges that quantgate suggests\n\nAsked for by ${by} on pull request ${pull.number}.`;
  const committed = await commitFile(api, repository, head.ref, { ...change, message });
  if (committed.state === 'changed-meanwhile') {
    return refused(
      `${escapeCode(configPath, 200)} has changed since it was judged: wait for the next report.`,
    );
  }
  if (committed.state === 'already') return already;
  const next = isJobs
    ? ' GitHub starts no workflow for a commit of a job: close and open the pull request, or push, to have it judged.'
    : '';
  const ranges = count === 1 ? '1 range' : `${count} ranges`;
  return { done: true, text: `Committed ${ranges} as ${committed.commit}.${next}${rest}` };
}

/** A range is pinned for all targets of a model: those that fail choose it, and the next run measures all. */
function notPassing(model: ModelReport): ModelReport {
  const targets = model.targets.filter(({ verdict }) => verdict !== 'pass');
  return targets.length === 0 ? model : { ...model, targets };
}

/** Only what is in the file can get ranges, and the file is valid afterwards, whatever the report says. */
function changeOf(path: string, before: string, pins: ReadonlyMap<string, readonly Pin[]>): TextChange {
  const known = new Set(parseConfig(before, path).models.map(({ name }) => name));
  const after = applyRanges(before, new Map([...pins].filter(([model]) => known.has(model))), path);
  parseConfig(after, path);
  return { path, before, after };
}
