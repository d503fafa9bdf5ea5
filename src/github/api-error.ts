import { messageOf, printable, UserError } from '../errors.ts';

/** A line of a job's `permissions:`; a job's token never administrates, whatever it lists. */
export type Permission =
  | 'administration: write'
  | 'actions: read'
  | 'actions: write'
  | 'checks: read'
  | 'checks: write'
  | 'contents: read'
  | 'contents: write'
  | 'pull-requests: read'
  | 'pull-requests: write';

/** HTTP status of GitHub's answer; `no-answer` when there was none, `unexpected` when it could not be understood. */
export type Failure = number | 'no-answer' | 'unexpected';

/** A call of GitHub's API that failed for good. */
export class ApiError extends UserError {
  readonly failure: Failure;

  constructor(message: string, failure: Failure) {
    super(message);
    this.failure = failure;
  }
}

/** Whether `error` is an answer of GitHub with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && statuses.some((status) => status === error.failure);
}

/** What to do to have these permissions: YAML on one line, because a job that lists any has none of the others. */
function grant(needs: readonly Permission[]): string {
  if (needs.includes('administration: write')) {
    return 'use the token of an administrator of the repository (classic with scope repo, or fine-grained with Administration: write)';
  }
  const lines = needs.some((need) => need.startsWith('contents:')) ? needs : ['contents: read', ...needs];
  return `give the job \`permissions: { ${lines.join(', ')} }\``;
}

/** What Octokit throws as one clear line: `cannot PURPOSE: what happened: what to do`. */
export function toApiError(error: unknown, purpose: string, needs: readonly Permission[]): ApiError {
  if (error instanceof ApiError) return error;
  const answer = answerOf(error);
  const said = printable(messageOf(error));
  if (answer === undefined) {
    return new ApiError(
      `cannot ${purpose}: no answer from GitHub (${said}): check the network and the API URL, then run again`,
      'no-answer',
    );
  }
  const { status } = answer;
  return new ApiError(`cannot ${purpose}: ${explain(answer, said, needs)}`, status);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Octokit gives a cut connection status 500 as well, but no response. */
function answerOf(error: unknown): Answer | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  const response = error.response as Partial<Answer> | undefined;
  if (typeof response?.status === 'number')
    return { status: response.status, headers: response.headers ?? {} };
  // An error of GraphQL has status 200, and Octokit keeps only its headers and data.
  return response === undefined ? undefined : { status: 200, headers: {} };
}

function explain({ status, headers }: Answer, said: string, needs: readonly Permission[]): string {
  const what = `(${status} ${said})`;
  if (isLimit(status, headers, said)) {
    return `GitHub's rate limit is reached ${what}: ${resetOf(headers)}, or run fewer jobs at once`;
  }
  switch (status) {
    case 401:
      return `GitHub does not take the token ${what}: give one that is valid, such as github.token`;
    case 403: {
      const fork = needs.some((need) => need.endsWith('write') && need !== 'administration: write')
        ? '; on pull requests of forks the token only reads, report these on workflow_run'
        : '';
      return `the token may not ${what}: ${grant(needs)}${fork}`;
    }
    case 404:
      return `not found, or hidden from the token ${what}: check that it exists and ${grant(needs)}`;
    case 409:
      return `it changed in the meantime ${what}: run again`;
    case 422:
      return `GitHub finds the request not valid ${what}: check that what it names still exists`;
    default:
      return status >= 500
        ? `GitHub failed, also when asked again ${what}: run again later`
        : `GitHub refused ${what}: check the token and ${grant(needs)}`;
  }
}

function isLimit(status: number, headers: Answer['headers'], said: string): boolean {
  if (status === 429) return true;
  return status === 403 && (/\brate limit\b/i.test(said) || headers['x-ratelimit-remaining'] === '0');
}

function resetOf(headers: Answer['headers']): string {
  const seconds = Number(headers['x-ratelimit-reset']);
  const known = headers['x-ratelimit-remaining'] === '0' && seconds > 0 && seconds < 1e11;
  return known ? `run again after ${new Date(seconds * 1000).toISOString()}` : 'run again in some minutes';
}
