import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { version } from '../version.ts';
import type { Api } from './api.ts';

type ThrottleOptions = NonNullable<NonNullable<ConstructorParameters<typeof LimitedOctokit>[0]>['throttle']>;

export interface ClientOptions {
  readonly token: string;
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** Milliseconds that one second of waiting takes; 1000 unless a test is in a hurry. */
  readonly second?: number;
  /** Queues that pace the writing calls; those of the throttling plugin if undefined. */
  readonly queues?: Pick<ThrottleOptions, 'write' | 'notifications'>;
}

const RETRIES = 3;
const LIMIT_RETRIES = 2;
/** Seconds. A primary limit lasts up to an hour, which is too long for a job to sit and wait. */
const LONGEST_WAIT = 120;
/** For calls which differ when they are made again (409), or which the throttling plugin repeats itself (403, 429). */
const NOT_RETRIED = [400, 401, 403, 404, 409, 410, 422, 429, 451];

const LimitedOctokit = Octokit.plugin(retry, throttling);
const silent = () => {};

/**
 * GitHub's API for a token. 5xx answers and cut connections are tried four times, rate limits three times if they end
 * within two minutes; a secondary limit that does not say when it ends is taken to end in a minute. Writing calls are at
 * least a second apart, those that notify people three.
 */
export function createClient({ token, apiUrl, second = 1000, queues = {} }: ClientOptions): Api {
  const waits = (seconds: number, _request: unknown, _octokit: unknown, count: number) =>
    count < LIMIT_RETRIES && seconds <= LONGEST_WAIT;
  const octokit = new LimitedOctokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: `quantgate/${version}`,
    // What GitHub says can hold text of others, and a line in a job's log can be a workflow command.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    retry: { retries: RETRIES, retryAfterBaseValue: second, doNotRetry: NOT_RETRIED },
    throttle: { ...queues, retryAfterBaseValue: second, onRateLimit: waits, onSecondaryRateLimit: waits },
  });
  return { request: octokit.request, paginate: octokit.paginate, graphql: (query) => octokit.graphql(query) };
}
