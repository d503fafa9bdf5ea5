import { z } from 'zod';
import { plainLine, plainLines } from '../plain.ts';
import type { Verdict } from '../verdict/combine.ts';
import { type Api, call, list, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { id, url } from './shapes.ts';

export interface Annotation {
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly message: string;
}

export interface CheckRun {
  readonly name: string;
  /** Commit that was judged. */
  readonly head: string;
  /** Identifies it among the check runs of the commit: run, attempt and section. */
  readonly externalId: string;
  readonly verdict: Verdict;
  /** Whether somebody lets the commit through in spite of the verdict. */
  readonly accepted: boolean;
  /** Whether somebody has to look at it before it is merged. */
  readonly isDoubted?: boolean;
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

export type PublishedCheck =
  | { readonly state: 'published'; readonly id: number; readonly url: string }
  /** `advice` says which permissions the job needs. */
  | { readonly state: 'denied'; readonly advice: string };

/** Annotations of one request; more are added by updating the check run. */
const MAX_ANNOTATIONS = 50;
/** Bytes of UTF-8. */
const MAX_SUMMARY = 65_535;
const MAX_CHECKS = 1000;

const existing = z.object({
  id,
  html_url: url.nullable(),
  external_id: z.string().max(10_000).nullable(),
  output: z.object({ annotations_count: z.int().min(0) }),
});

const conclusions: Record<Verdict, string> = {
  pass: 'success',
  fail: 'failure',
  inconclusive: 'neutral',
  error: 'failure',
};

/**
 * Publishes a check run, or completes the one of the same external id. It informs; the check to require is the job
 * itself, because GitHub puts check runs of a job's token into any one of the commit's check suites.
 *
 * @returns `denied` where the token may not: it never costs the verdict
 * @throws ApiError when a call fails for another reason
 */
export async function publishCheckRun(
  api: Api,
  repository: Repository,
  check: CheckRun,
): Promise<PublishedCheck> {
  try {
    return await publish(api, repository, check);
  } catch (error) {
    if (hasStatus(error, 403)) return { state: 'denied', advice: error.message };
    throw error;
  }
}

async function publish(api: Api, repository: Repository, check: CheckRun): Promise<PublishedCheck> {
  const earlier = await find(api, repository, check);
  // Annotations of an update are added to those that are there.
  const missing = check.annotations.slice(earlier?.output.annotations_count ?? 0);
  const first = await send(api, repository, earlier?.id, {
    ...check,
    annotations: missing.slice(0, MAX_ANNOTATIONS),
  });
  for (let at = MAX_ANNOTATIONS; at < missing.length; at += MAX_ANNOTATIONS) {
    await send(api, repository, first.id, {
      ...check,
      annotations: missing.slice(at, at + MAX_ANNOTATIONS),
    });
  }
  return { state: 'published', id: first.id, url: first.html_url ?? '' };
}

async function find(api: Api, repository: Repository, { head, name, externalId }: CheckRun) {
  const { items } = await list(
    api,
    {
      purpose: `list the check runs of ${head}`,
      route: 'GET /repos/{owner}/{repo}/commits/{head}/check-runs',
      parameters: { ...repository, head, check_name: name, filter: 'all' },
      needs: ['checks: write'],
      answer: existing,
    },
    MAX_CHECKS,
  );
  return items.find((each) => each.external_id === externalId);
}

function send(api: Api, repository: Repository, existingId: number | undefined, check: CheckRun) {
  const content = {
    name: check.name,
    external_id: check.externalId,
    status: 'completed',
    conclusion: conclusionOf(check),
    output: {
      title: plainLine(check.title),
      summary: wholeLines(plainLines(check.summary)),
      annotations: check.annotations.map(({ path, line, level, message }) => ({
        path,
        start_line: line,
        end_line: line,
        annotation_level: level,
        message: plainLines(message),
      })),
    },
  };
  const [route, target] =
    existingId === undefined
      ? ['POST /repos/{owner}/{repo}/check-runs', { head_sha: check.head }]
      : ['PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', { check_run_id: existingId }];
  return call(api, {
    purpose: `publish check run ${check.name}`,
    route,
    parameters: { ...repository, ...target, ...content },
    needs: ['checks: write'],
    answer: z.object({ id, html_url: url.nullable() }),
  });
}

/** A neutral check counts as passed where it is required. */
function conclusionOf({ accepted, isDoubted, verdict }: CheckRun): string {
  if (accepted) return 'neutral';
  return isDoubted ? 'action_required' : conclusions[verdict];
}

const CUT = '\n\nThe rest is in the summary of the job.';

/** Whole lines of a summary that is too long. */
function wholeLines(summary: string): string {
  const bytes = Buffer.from(summary);
  if (bytes.length <= MAX_SUMMARY) return summary;
  const head = bytes.subarray(0, MAX_SUMMARY - CUT.length);
  return `${head.subarray(0, Math.max(head.lastIndexOf('\n'), 0)).toString()}${CUT}`;
}
