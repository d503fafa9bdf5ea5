import { type Call, created, type Handlers, invalid, notFound, ok, Refusal } from '../answer.ts';
import { commitFiles, listingOf, resolveRef } from '../git.ts';
import { gitCommit } from '../objects/commit.ts';
import { repoPage, repoUrl } from '../objects/repository.ts';

/** Above 1 MB the JSON has no content, above 100 MB there is nothing at all. */
const MAX_JSON_BYTES = 1_000_000;
const MAX_BYTES = 100_000_000;

function entry(call: Call, ref: string, path: string, kind: 'file' | 'dir', sha: string, size: number) {
  const url = `${repoUrl(call.urls, call.repo)}/contents/${encodeURI(path)}?ref=${ref}`;
  const tree = `${repoUrl(call.urls, call.repo)}/git/${kind === 'file' ? 'blobs' : 'trees'}/${sha}`;
  const page = `${repoPage(call.urls, call.repo)}/${kind === 'file' ? 'blob' : 'tree'}/${ref}/${encodeURI(path)}`;
  return {
    name: path.split('/').at(-1)!,
    path,
    sha,
    size,
    url,
    html_url: page,
    git_url: tree,
    download_url: kind === 'file' ? page.replace('/blob/', '/raw/') : null,
    type: kind,
    _links: { self: url, git: tree, html: page },
  };
}

function fileEntry(call: Call, ref: string, path: string, sha: string) {
  const bytes = Buffer.from(call.repo.blobs.get(sha)!);
  if (bytes.length > MAX_BYTES)
    throw new Refusal(403, 'This API returns blobs up to 100 MB in size.', {
      errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }],
    });
  const isLarge = bytes.length > MAX_JSON_BYTES;
  return {
    ...entry(call, ref, path, 'file', sha, bytes.length),
    content: isLarge ? '' : lines(bytes.toString('base64')),
    encoding: isLarge ? 'none' : 'base64',
  };
}

/** GitHub breaks base64 into lines of 60 characters. */
function lines(base64: string): string {
  return base64.replace(/.{1,60}/g, '$&\n');
}

function folder(call: Call, ref: string, path: string, listing: ReadonlyMap<string, string>) {
  const prefix = path === '' ? '' : `${path}/`;
  const inside = [...listing].filter(([name]) => name.startsWith(prefix));
  if (inside.length === 0) throw notFound();
  const children = new Map(
    inside.map(([name, sha]) => {
      const [first, ...rest] = name.slice(prefix.length).split('/');
      return [first!, { isFile: rest.length === 0, sha }];
    }),
  );
  return [...children].map(([name, { isFile, sha }]) =>
    isFile
      ? entry(call, ref, prefix + name, 'file', sha, call.repo.blobs.get(sha)!.length)
      : entry(call, ref, prefix + name, 'dir', sha, 0),
  );
}

export const contentRoutes: Handlers = {
  'repos/get-content': (call) => {
    const ref = call.query.get('ref') ?? call.repo.defaultBranch;
    const commit = resolveRef(call.repo, ref);
    if (commit === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
    const listing = listingOf(call.repo, commit);
    const path = call.params.path!.replace(/^\/|\/$/g, '');
    const sha = listing.get(path);
    if (sha === undefined) return ok(folder(call, ref, path, listing));
    if (/\braw\b/.test(call.accept)) {
      const bytes = call.repo.blobs.get(sha)!;
      return { status: 200, body: bytes, headers: { 'content-type': 'application/vnd.github.raw+json' } };
    }
    return ok(fileEntry(call, ref, path, sha));
  },
  'repos/create-or-update-file-contents': (call) => {
    const path = call.params.path!;
    const { message, content, sha, branch = call.repo.defaultBranch } = call.body;
    const tip = call.repo.refs.get(`heads/${branch}`);
    if (tip === undefined) throw new Refusal(404, `Branch ${branch} not found`);
    const known = listingOf(call.repo, tip).get(path);
    if (known !== undefined && sha === undefined)
      throw invalid('Invalid request.\n\n"sha" wasn\'t supplied.');
    if (known !== sha) throw new Refusal(409, `${path} does not match ${sha}`);
    const commit = commitFiles(call.state, call.repo, {
      branch: String(branch),
      files: { [path]: Buffer.from(String(content), 'base64') },
      message: String(message),
      author: call.token.login,
    });
    const blob = listingOf(call.repo, commit.sha).get(path)!;
    const body = {
      content: fileEntry(call, String(branch), path, blob),
      commit: gitCommit(call.urls, call.repo, commit),
    };
    return known === undefined ? created(body) : ok(body);
  },
};
