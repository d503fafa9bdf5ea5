import { type HeadRun, listHeadRuns } from '../../github/head-runs.ts';
import { escapeText } from '../../report/escape.ts';
import { type RunReports, readReports } from '../run-reports.ts';
import type { Asked } from './asked.ts';

export type JudgedHead = RunReports & { readonly run: HeadRun };

/** Runs of other workflows leave no report, and each costs a call. */
const MAX_RUNS = 30;

/**
 * The newest finished run that has judged the pull request's head, with its reports; undefined if there is none.
 *
 * @throws ApiError
 */
export async function readNewestReports({
  api,
  repository,
  pull,
}: Pick<Asked, 'api' | 'repository' | 'pull'>): Promise<JudgedHead | undefined> {
  const runs = await listHeadRuns(api, repository, pull, pull.head.sha);
  for (const run of runs.filter(({ finished }) => finished).slice(0, MAX_RUNS)) {
    const found = await readReports(api, repository, run.id, pull.head.sha);
    if (found.reports.length > 0 || found.problems.length > 0) return { run, ...found };
  }
  return undefined;
}

/** Says that nothing has judged the head. */
export function notJudged({ pull }: Pick<Asked, 'pull'>): string {
  return `No finished run of the gate has a report on ${pull.head.sha}: wait for its end, or ask for it with <code>/quantgate rerun</code>.`;
}

/** Problems of a run's reports as a list. */
export function problemList(problems: readonly string[]): string {
  return problems
    .slice(0, 20)
    .map((problem) => `- ${escapeText(problem, 400)}`)
    .join('\n');
}
