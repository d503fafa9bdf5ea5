import { hasGate } from '../../github/gate-workflow.ts';
import { type HeadRun, listHeadRuns } from '../../github/head-runs.ts';
import { escapeText } from '../../report/escape.ts';
import { type Claims, claimsOn } from '../claims.ts';
import { readReports } from '../run-reports.ts';
import type { Asked } from './asked.ts';

export type JudgedHead = Claims & { readonly run: HeadRun };

/** Each costs a call. */
const MAX_RUNS = 30;

type Place = Pick<Asked, 'api' | 'repository' | 'pull' | 'configPath'>;

/**
 * The runs on the pull request's head of the workflows by which the base gates, the newest first: others can leave what
 * looks like a report.
 *
 * @throws ApiError
 */
export async function listGateRuns({ api, repository, pull }: Place): Promise<readonly HeadRun[]> {
  const runs = (await listHeadRuns(api, repository, pull, pull.head.sha)).slice(0, MAX_RUNS);
  const gates = new Map<string, boolean>();
  for (const { path } of runs)
    if (!gates.has(path)) gates.set(path, await hasGate(api, repository, pull.base.sha, path));
  return runs.filter(({ path }) => gates.get(path));
}

/**
 * The newest finished run that has judged the pull request's head, with its reports; undefined if there is none.
 *
 * @throws ApiError
 */
export async function readNewestReports(place: Place): Promise<JudgedHead | undefined> {
  const { api, repository, pull } = place;
  const runs = await listGateRuns(place);
  for (const run of runs.filter(({ finished }) => finished)) {
    const found = await readReports(api, repository, run.id, pull.head.sha);
    if (found.reports.length + found.problems.length === 0) continue;
    const claims = await claimsOn(pull, found, run.path, place);
    if (claims !== undefined) return { run, ...claims };
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
