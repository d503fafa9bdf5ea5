import { type Call, created, type Handlers, invalid, noContent, notFound, ok, Refusal } from '../answer.ts';
import { ancestors, putBlob, putCommit, putTree, resolveRef } from '../git.ts';
import { gitCommit } from '../objects/commit.ts';
import { repoUrl } from '../objects/repository.ts';
import { nodeId } from '../objects/user.ts';

const refObject = (call: Call, name: string, sha: string) => ({
  ref: `refs/${name}`,
  node_id: nodeId('Ref', name),
  url: `${repoUrl(call.urls, call.repo)}/git/refs/${name}`,
  object: { type: 'commit', sha, url: `${repoUrl(call.urls, call.repo)}/git/commits/${sha}` },
});

function treeObject(call: Call, sha: string) {
  const tree = [...call.repo.trees.get(sha)!].map(([path, blob]) => ({
    path,
    mode: '100644',
    type: 'blob',
    sha: blob,
    size: call.repo.blobs.get(blob)!.length,
    url: `${repoUrl(call.urls, call.repo)}/git/blobs/${blob}`,
  }));
  return { sha, url: `${repoUrl(call.urls, call.repo)}/git/trees/${sha}`, tree, truncated: false };
}

function knownCommit(call: Call, sha: string): string {
  if (!call.repo.commits.has(sha)) throw invalid('Object does not exist');
  return sha;
}

type TreeItem = { path?: string; sha?: string | null; content?: string };

export const gitRoutes: Handlers = {
  'git/get-ref': (call) => {
    const sha = call.repo.refs.get(call.params.ref!);
    if (sha === undefined) throw notFound();
    return ok(refObject(call, call.params.ref!, sha));
  },
  'git/create-ref': (call) => {
    const name = String(call.body.ref).replace(/^refs\//, '');
    const sha = knownCommit(call, String(call.body.sha));
    if (call.repo.refs.has(name)) throw invalid('Reference already exists');
    call.repo.refs.set(name, sha);
    return created(refObject(call, name, sha));
  },
  'git/update-ref': (call) => {
    const name = call.params.ref!;
    const was = call.repo.refs.get(name);
    if (was === undefined) throw invalid('Reference does not exist');
    const sha = knownCommit(call, String(call.body.sha));
    if (call.body.force !== true && !ancestors(call.repo, sha).includes(was))
      throw invalid('Update is not a fast forward');
    call.repo.refs.set(name, sha);
    return ok(refObject(call, name, sha));
  },
  'git/delete-ref': (call) => {
    if (!call.repo.refs.delete(call.params.ref!)) throw invalid('Reference does not exist');
    return noContent;
  },
  'git/get-commit': (call) => {
    const commit = call.repo.commits.get(call.params.commit_sha!);
    if (commit === undefined) throw notFound();
    return ok(gitCommit(call.urls, call.repo, commit));
  },
  'git/create-commit': (call) => {
    const { message, tree, parents = [] } = call.body;
    if (!call.repo.trees.has(String(tree))) throw invalid('Tree SHA does not exist');
    const commit = putCommit(call.repo, {
      tree: String(tree),
      parents: (parents as string[]).map((sha) => knownCommit(call, sha)),
      message: String(message),
      author: call.token.login,
      date: call.state.now(),
    });
    return created(gitCommit(call.urls, call.repo, commit));
  },
  'git/get-tree': (call) => {
    const asked = call.params.tree_sha!;
    const commit = resolveRef(call.repo, asked);
    const sha = commit === undefined ? asked : call.repo.commits.get(commit)!.tree;
    if (!call.repo.trees.has(sha)) throw notFound();
    return ok(treeObject(call, sha));
  },
  'git/create-tree': (call) => {
    const { base_tree, tree } = call.body;
    const base = base_tree === undefined ? new Map() : call.repo.trees.get(String(base_tree));
    if (base === undefined) throw invalid('base_tree is not a valid tree');
    const listing = new Map<string, string>(base);
    for (const { path = '', sha, content } of tree as TreeItem[]) {
      if (sha === null) listing.delete(path);
      else if (content !== undefined) listing.set(path, putBlob(call.repo, content));
      else if (sha !== undefined && call.repo.blobs.has(sha)) listing.set(path, sha);
      else throw invalid('tree.sha does not exist');
    }
    return created(treeObject(call, putTree(call.repo, listing)));
  },
  'git/get-blob': (call) => {
    const sha = call.params.file_sha!;
    const bytes = call.repo.blobs.get(sha);
    if (bytes === undefined) throw notFound();
    return ok({
      sha,
      node_id: nodeId('Blob', sha),
      size: bytes.length,
      url: `${repoUrl(call.urls, call.repo)}/git/blobs/${sha}`,
      content: Buffer.from(bytes).toString('base64'),
      encoding: 'base64',
    });
  },
  'git/create-blob': (call) => {
    const { content, encoding = 'utf-8' } = call.body;
    if (encoding !== 'utf-8' && encoding !== 'base64')
      throw new Refusal(422, 'encoding must be utf-8 or base64');
    const sha = putBlob(call.repo, Buffer.from(String(content), encoding));
    return created({ sha, url: `${repoUrl(call.urls, call.repo)}/git/blobs/${sha}` });
  },
};
