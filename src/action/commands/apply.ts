import { applyChanges, type ChangesByTarget } from '../../config/apply-changes.ts';
import { changesWords } from '../../config/changes-words.ts';
import { parseConfig } from '../../config/load-config.ts';
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

/** Targets that an answer names. */
const MOST_NAMED = 4;

/**
 * Writes the measured changes of the newest reports, recovery's plans or suggested ranges, into the configuration on the
 * pull request's branch, or shows the change where the branch is a fork's, which no token of this repository may write to.
 */
export async function apply(asked: Asked): Promise<Reply> {
  const { api, repository, pull, by, mayWrite, configPath } = asked;
  if (!mayWrite) return refused('Only people who may push to the repository can have changes committed.');
  const judged = await readNewestReports(asked);
  if (judged === undefined) return refused(notJudged(asked));
  const models = judged.reports.flatMap((report) => report.models.map(notPassing));
  const changes = applicable({ models }, true);
  if (changes.size === 0) return refused('The report has no measured change that can be written.');
  const { head } = pull;
  if (head.repository === undefined) return refused('The fork of this pull request is gone.');
  const bytes = await readFileAt(api, repository, { commit: head.sha, path: configPath });
  if (bytes === undefined) return refused(`There is no ${escapeCode(configPath, 200)} in the pull request.`);
  const { known, ...change } = changeOf(configPath, Buffer.from(bytes).toString(), changes);
  const already = { done: true, text: 'The branch has these changes.' };
  if (change.after === change.before) return already;
  if (head.repository.id !== pull.base.repository?.id) {
    const where = 'This branch is of a fork, so it is for its owner to commit.';
    return { done: true, text: `${where}\n\n${renderSuggestion(change)}` };
  }
  if ((await readPullRequest(api, repository, pull.number)).head.sha !== head.sha)
    return refused('Something was pushed in the meantime: wait for the next report.');
  const isJobs = (await readIdentity(api)) === JOB_TOKEN;
  const message = `Set what quantgate has measured\n\nAsked for by ${by} on pull request ${pull.number}.`;
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
  return {
    done: true,
    text: `Committed ${writtenWords(known)} as ${committed.commit}.${next}`,
  };
}

/** A target that passes is left as it is, unless all do. */
function notPassing(model: ModelReport): ModelReport {
  const targets = model.targets.filter(({ verdict }) => verdict !== 'pass');
  return targets.length === 0 ? model : { ...model, targets };
}

/** What is written to which target, in words. */
function writtenWords(changes: ChangesByTarget): string {
  const written = [...changes].flatMap(([model, targets]) =>
    [...targets].map(([target, each]) => `${changesWords(each)} of ${model} on ${target}`),
  );
  const left = written.length - MOST_NAMED;
  return [...written.slice(0, MOST_NAMED), ...(left > 0 ? [`${left} more`] : [])].join(', ');
}

/** Only what is in the file can be changed, and the file is valid afterwards, whatever the report says. */
function changeOf(
  path: string,
  before: string,
  changes: ChangesByTarget,
): TextChange & { readonly known: ChangesByTarget } {
  const known = parseConfig(before, path).models.map(({ name, targets }) => {
    const ids = new Set(targets.map(({ id }) => id));
    return [name, new Map([...(changes.get(name) ?? [])].filter(([target]) => ids.has(target)))] as const;
  });
  const after = applyChanges(before, new Map(known), path);
  parseConfig(after, path);
  return { path, before, after, known: new Map(known) };
}
