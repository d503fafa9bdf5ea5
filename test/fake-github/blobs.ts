import { type Answer, notFound, Refusal } from './answer.ts';
import type { State } from './state.ts';

/** What a blob request is, for faults and the log. */
export function blobOperation(method: string, query: URLSearchParams): string {
  if (method === 'GET' || method === 'HEAD') return 'blob/get';
  return query.has('comp') ? `blob/put-${query.get('comp')}` : 'blob/put';
}

/** The storage behind artifacts, as Azure's client speaks to it: a signed URL, no token. */
export function answerBlob(
  state: State,
  request: {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly bytes: Uint8Array;
    readonly authorization: string | undefined;
  },
): Answer {
  // GitHub's token must not leave for the storage, which refuses two ways to authenticate at once.
  if (request.authorization !== undefined)
    throw new Refusal(
      400,
      'InvalidAuthenticationInfo: the URL is signed, and an Authorization header came as well',
    );
  const [kind, holder, id] = request.path.split('/');
  if (kind === 'uploads') return upload(state, holder ?? '', request.query, request.bytes);
  for (const repo of state.repos.values()) {
    const artifact = repo.artifacts.find((each) => String(each.id) === id);
    if (String(repo.id) === holder && artifact !== undefined)
      return { status: 200, body: artifact.zip, headers: { 'content-type': 'application/zip' } };
  }
  throw notFound();
}

/** Bytes at once, or blocks and then the list of their ids, which says their order. */
function upload(state: State, id: string, query: URLSearchParams, bytes: Uint8Array): Answer {
  const target = state.uploads.get(id);
  if (target === undefined) throw notFound();
  if (query.get('comp') === 'block') target.blocks.set(query.get('blockid') ?? '', bytes);
  else if (query.get('comp') === 'blocklist') {
    const ids = [
      ...Buffer.from(bytes)
        .toString()
        .matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g),
    ].map((m) => m[1]);
    target.content = Buffer.concat(
      ids.map((each) => {
        const block = target.blocks.get(each);
        if (block === undefined) throw new Refusal(400, 'InvalidBlockList');
        return block;
      }),
    );
  } else target.content = bytes;
  return { status: 201, headers: { etag: `"${id}"`, 'x-ms-request-id': id } };
}
