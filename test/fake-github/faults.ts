/** What goes wrong in place of, or around, an answer. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly body: object; readonly headers: Headers }
  /** The connection ends without an answer, before or after the request has had its effect. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'slow'; readonly ms: number };

type Headers = Readonly<Record<string, string>>;

const answer = (status: number, message: string, headers: Headers = {}, more: object = {}): Fault => ({
  kind: 'answer',
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...more },
  headers,
});

/** The faults of GitHub, with its own words. */
export const faults = {
  forbidden: answer(403, 'Resource not accessible by integration'),
  notFound: answer(404, 'Not Found'),
  conflict: answer(409, 'Git Repository is empty.'),
  invalid: answer(422, 'Validation Failed', {}, { errors: [] }),
  /** The hourly limit; `resetSeconds` from now, in Unix time. */
  rateLimit: (resetSeconds: number): Fault =>
    answer(403, 'API rate limit exceeded for installation ID 1.', {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + resetSeconds),
    }),
  /** Without `retryAfter`, as GitHub now and then does, nothing says how long to wait. */
  secondaryLimit: (given: { status?: 403 | 429; retryAfter?: number } = {}): Fault =>
    answer(
      given.status ?? 403,
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.',
      given.retryAfter === undefined ? {} : { 'retry-after': String(given.retryAfter) },
      {
        documentation_url:
          'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits',
      },
    ),
  serverError: (status: 500 | 502 | 503 | 504 = 502): Fault => answer(status, 'Server Error'),
  cut: { kind: 'cut', when: 'before' },
  cutAfterEffect: { kind: 'cut', when: 'after' },
  slow: (ms: number): Fault => ({ kind: 'slow', ms }),
} satisfies Record<string, Fault | ((...args: never[]) => Fault)>;

export interface FaultQueue {
  /** From the `nth` call of an operation on (counted from 1, from now), `times` calls in a row. */
  plan(operation: string, fault: Fault, which?: { readonly nth?: number; readonly times?: number }): void;
  /** Counts a call and gives the fault that is planned for it. */
  next(operation: string): Fault | undefined;
  /** Operations of faults that no call has met. */
  unmet(): string[];
}

export function faultQueue(): FaultQueue {
  const planned: { operation: string; fault: Fault; wait: number; times: number }[] = [];
  return {
    plan(operation, fault, { nth = 1, times = 1 } = {}) {
      planned.push({ operation, fault, wait: nth - 1, times });
    },
    next(operation) {
      let due: Fault | undefined;
      for (const plan of planned.filter((each) => each.operation === operation && each.times > 0)) {
        if (plan.wait > 0) plan.wait -= 1;
        else if (due === undefined) {
          plan.times -= 1;
          due = plan.fault;
        }
      }
      return due;
    },
    unmet: () => planned.filter((each) => each.times > 0).map((each) => each.operation),
  };
}
