import { listArtifacts } from '../../github/artifacts.ts';
import { findCommentedRun } from '../../github/comment.ts';
import type { HeadRun } from '../../github/head-runs.ts';
import { rerunJobs } from '../../github/workflow-rerun.ts';
import { isReport } from '../run-reports.ts';
import { type Asked, type Reply, refused } from './asked.ts';
import { listGateRuns } from './gate-run.ts';

const ENDED = ['success', 'failure', 'cancelled', 'timed_out', 'startup_failure', 'stale'];

/** Starts the gate's run on the pull request's head again: its failed jobs, or all where none failed. */
export async function rerun(asked: Asked): Promise<Reply> {
  if (!asked.mayWrite) return refused('Only people who may push to the repository can start the gate again.');
  const { api, repository, pull } = asked;
  const run = await findRun(asked);
  if (run === undefined) {
    return refused(`No run of the gate on ${pull.head.sha} is known: start its workflow, or push.`);
  }
  if (!ENDED.includes(run.state)) return refused(`Run ${run.id} of the gate has not ended yet.`);
  await rerunJobs(api, repository, run.id, run.state === 'failure' ? 'failed' : 'all');
  return { done: true };
}

/** A run is the gate's if it has left a report, or has a comment that says that it left none. */
async function findRun(asked: Asked): Promise<HeadRun | undefined> {
  const { api, repository, pull } = asked;
  const runs = await listGateRuns(asked);
  for (const run of runs) {
    if ((await listArtifacts(api, repository, run.id)).some(isReport)) return run;
  }
  const commented = await findCommentedRun(api, { ...repository, number: pull.number }, pull.head.sha);
  return runs.find(({ id }) => id === commented);
}
