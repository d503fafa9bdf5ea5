import { z } from 'zod';
import { issueOf } from '../json.ts';
import { ApiError, type Permission, toApiError } from './api-error.ts';

/** What the adapters need of Octokit. */
export interface Api {
  request(route: string, parameters: Fields): Promise<{ readonly data: unknown }>;
  readonly paginate: {
    iterator(
      route: string,
      parameters: Fields,
    ): AsyncIterable<{ readonly data: unknown; readonly url?: string }>;
  };
  graphql(query: string): Promise<unknown>;
}

type Fields = Readonly<Record<string, unknown>>;

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** One call of GitHub's API, with what a person needs to know when it fails. */
export interface Call<T> {
  /** Follows "cannot": `list the comments of pull request 7`. */
  readonly purpose: string;
  /** Route template of Octokit: `GET /repos/{owner}/{repo}/pulls/{pull_number}`. */
  readonly route: string;
  readonly parameters: Fields;
  readonly needs: readonly Permission[];
  readonly answer: z.ZodType<T>;
}

const PAGE = 100;

/** @throws ApiError when the call fails, or its answer is not of the form expected */
export async function call<T>(api: Api, { answer, ...request }: Call<T>): Promise<T> {
  const { data } = await attempt(request, () => api.request(request.route, request.parameters));
  return parse(request, answer, data);
}

/**
 * All pages of a list, one by one; `answer` is the form of one item.
 *
 * @throws ApiError when the call fails, or its answer is not of the form expected
 */
export async function* pages<T>(api: Api, { answer, ...request }: Call<T>): AsyncGenerator<T[]> {
  const list = z.array(answer).max(PAGE);
  const parameters = { ...request.parameters, per_page: PAGE };
  const iterator = api.paginate.iterator(request.route, parameters)[Symbol.asyncIterator]();
  for (;;) {
    const next = await attempt(request, () => iterator.next());
    if (next.done) return;
    // Octokit takes 409 for the end of any list, and makes an empty page up, which comes from no URL.
    if (next.value.url === undefined) {
      throw new ApiError(
        `cannot ${request.purpose}: it changed in the meantime (409 Conflict): run again`,
        409,
      );
    }
    yield parse(request, list, next.value.data);
  }
}

/**
 * The first `most` items of a list, and whether these are all.
 *
 * @throws ApiError when a call fails, or its answer is not of the form expected
 */
export async function list<T>(
  api: Api,
  request: Call<T>,
  most: number,
): Promise<{ readonly items: readonly T[]; readonly complete: boolean }> {
  const items: T[] = [];
  for await (const page of pages(api, request)) {
    items.push(...page);
    if (items.length > most) return { items: items.slice(0, most), complete: false };
  }
  return { items, complete: true };
}

type Asked = Omit<Call<unknown>, 'answer'>;

/** Runs anything of GitHub's API; what it throws becomes an ApiError. */
export async function attempt<T>(
  request: Pick<Asked, 'purpose' | 'needs'>,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toApiError(error, request.purpose, request.needs);
  }
}

/** @throws ApiError when `data` is not of the form `answer` */
export function parse<T>({ purpose }: Pick<Asked, 'purpose'>, answer: z.ZodType<T>, data: unknown): T {
  const parsed = answer.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    `cannot ${purpose}: GitHub answered in a form that is not expected (${issueOf(parsed.error)}): ` +
      'check that the API URL is that of a GitHub server',
    'unexpected',
  );
}
