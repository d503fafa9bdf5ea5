import type { Repo, State, Token } from './state.ts';

/** A request that has found its operation, its repository and whoever sent it. */
export interface Call {
  readonly state: State;
  readonly urls: Urls;
  readonly repo: Repo;
  readonly token: Token;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; its schema has been checked. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it came, of an upload. */
  readonly bytes: Uint8Array;
  readonly accept: string;
  readonly contentType: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Answer;
export type Handlers = Readonly<Record<string, Handler>>;

/** Where this GitHub is: its API, its pages, and the storage of artifacts. */
export interface Urls {
  readonly api: string;
  readonly html: string;
  readonly storage: string;
}

/** An answer that is not a success, thrown from wherever it is found out. */
export class Refusal extends Error {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(status: number, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

export const ok = (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  body,
  headers,
});
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };

export const notFound = () => new Refusal(404, 'Not Found');

export function invalid(message: string, errors: readonly object[] = []): Refusal {
  return new Refusal(422, message, { errors });
}

/** What an id in the path names. @throws Refusal 404 */
export function named<T>(items: Iterable<T>, isIt: (item: T) => boolean): T {
  for (const item of items) if (isIt(item)) return item;
  throw notFound();
}

export const byId = <T extends { readonly id: number }>(items: Iterable<T>, id: string): T =>
  named(items, (item) => item.id === Number(id));

/** One page of a list with the `Link` header to the others. */
export function page<T>(
  call: Call,
  path: string,
  items: readonly T[],
): { items: T[]; headers: Record<string, string> } {
  const size = Number(call.query.get('per_page') ?? 30);
  const number = Number(call.query.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.urls.api}${path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    items: items.slice((number - 1) * size, number * size),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}
