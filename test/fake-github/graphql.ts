import { buildSchema, graphqlSync } from 'graphql';
import { Refusal, type Urls } from './answer.ts';
import { commentPage } from './objects/comment.ts';
import { nodeId, userOf } from './objects/user.ts';
import { demand } from './permissions.ts';
import type { Comment, Pull, Repo, State, Token } from './state.ts';

/** The part of GitHub's public schema that sticky comments use. */
const schema = buildSchema(`
  scalar DateTime
  scalar URI
  interface Actor { login: String! }
  type User implements Actor { login: String! databaseId: Int }
  type PageInfo { hasNextPage: Boolean! endCursor: String hasPreviousPage: Boolean! startCursor: String }
  enum ReportedContentClassifiers { SPAM ABUSE OFF_TOPIC OUTDATED DUPLICATE RESOLVED LOW_QUALITY }
  type IssueComment {
    id: ID! databaseId: Int fullDatabaseId: String body: String! url: URI! author: User viewerDidAuthor: Boolean!
    isMinimized: Boolean! minimizedReason: String createdAt: DateTime! updatedAt: DateTime!
  }
  type IssueCommentConnection { totalCount: Int! nodes: [IssueComment] pageInfo: PageInfo! }
  type PullRequest {
    id: ID! number: Int! title: String! headRefOid: String! isDraft: Boolean!
    comments(first: Int, after: String, last: Int, before: String): IssueCommentConnection!
  }
  type Repository { id: ID! nameWithOwner: String! pullRequest(number: Int!): PullRequest }
  type Query { viewer: User! repository(owner: String!, name: String!): Repository }
  input MinimizeCommentInput { subjectId: ID! classifier: ReportedContentClassifiers! clientMutationId: String }
  input UnminimizeCommentInput { subjectId: ID! clientMutationId: String }
  type MinimizeCommentPayload { clientMutationId: String minimizedComment: IssueComment }
  type UnminimizeCommentPayload { clientMutationId: String unminimizedComment: IssueComment }
  type Mutation {
    minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
    unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
  }
`);

export interface GraphqlCall {
  readonly state: State;
  readonly urls: Urls;
  readonly token: Token;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** GraphQL calls the bot of an app by its name alone: `github-actions` where REST says `github-actions[bot]`. */
const actor = (state: State, login: string) => ({
  login: login.replace(/\[bot\]$/, ''),
  databaseId: userOf(state, login).id,
});

function comment({ state, urls, token }: GraphqlCall, repo: Repo, each: Comment) {
  return {
    id: nodeId('IssueComment', each.id),
    databaseId: each.id,
    fullDatabaseId: String(each.id),
    body: each.body,
    url: commentPage(urls, repo, each),
    author: state.users.has(each.author) ? actor(state, each.author) : null,
    viewerDidAuthor: each.author === token.login,
    isMinimized: each.minimized !== undefined,
    minimizedReason: each.minimized?.toLowerCase() ?? null,
    createdAt: each.createdAt,
    updatedAt: each.updatedAt,
  };
}

interface Window {
  readonly first?: number;
  readonly after?: string;
  readonly last?: number;
  readonly before?: string;
}

/** Cursors are ids of comments. */
function connection(call: GraphqlCall, repo: Repo, pull: Pull, { first, after, last, before }: Window) {
  const size = first ?? last;
  if (size === undefined || size > 100)
    throw new Error(
      'You must provide a `first` or `last` value of at most 100 to properly paginate `comments`.',
    );
  const all = repo.comments.filter((each) => each.issue === pull.number);
  const within = all.filter(
    ({ id }) => (after == null || id > Number(after)) && (before == null || id < Number(before)),
  );
  const shown = first === undefined ? within.slice(-size) : within.slice(0, size);
  return {
    totalCount: all.length,
    nodes: shown.map((each) => comment(call, repo, each)),
    pageInfo: {
      hasNextPage: shown.length > 0 && shown.at(-1) !== within.at(-1),
      endCursor: shown.length > 0 ? String(shown.at(-1)!.id) : null,
      hasPreviousPage: shown.length > 0 && shown[0] !== within[0],
      startCursor: shown.length > 0 ? String(shown[0].id) : null,
    },
  };
}

function minimize(call: GraphqlCall, subjectId: string, classifier: string | undefined) {
  for (const repo of call.state.repos.values()) {
    const found = repo.comments.find((each) => nodeId('IssueComment', each.id) === subjectId);
    if (found === undefined) continue;
    demand('issues/update-comment', repo, call.token);
    found.minimized = classifier;
    return comment(call, repo, found);
  }
  throw new Refusal(404, `Could not resolve to a node with the global id of '${subjectId}'`);
}

/** Answers as GitHub does: status 200, with `errors` where something is wrong. */
export function answerGraphql(call: GraphqlCall) {
  const { state } = call;
  const pullRequest = (repo: Repo, number: number) => {
    const pull = repo.pulls.find((each) => each.number === number);
    if (pull === undefined)
      throw new Refusal(404, `Could not resolve to a PullRequest with the number of ${number}.`);
    return {
      id: nodeId('PullRequest', pull.id),
      number,
      title: pull.title,
      headRefOid: pull.headSha,
      isDraft: pull.draft,
      comments: (window: Window) => connection(call, repo, pull, window),
    };
  };
  const rootValue = {
    // The name with its suffix, unlike that of an author.
    viewer: { login: call.token.login, databaseId: userOf(state, call.token.login).id },
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const repo = state.repos.get(`${owner}/${name}`);
      if (repo === undefined)
        throw new Refusal(404, `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      return {
        id: nodeId('Repository', repo.id),
        nameWithOwner: `${owner}/${name}`,
        pullRequest: ({ number }: { number: number }) => pullRequest(repo, number),
      };
    },
    minimizeComment: ({ input }: { input: { subjectId: string; classifier: string } }) => ({
      minimizedComment: minimize(call, input.subjectId, input.classifier),
    }),
    unminimizeComment: ({ input }: { input: { subjectId: string } }) => ({
      unminimizedComment: minimize(call, input.subjectId, undefined),
    }),
  };
  const { data, errors } = graphqlSync({
    schema,
    source: call.query,
    rootValue,
    variableValues: call.variables,
  });
  const typeOf = (error: unknown) =>
    error instanceof Refusal ? (error.status === 404 ? 'NOT_FOUND' : 'FORBIDDEN') : undefined;
  return {
    ...(data !== undefined && { data }),
    ...(errors && {
      errors: errors.map((error) => ({ ...error.toJSON(), type: typeOf(error.originalError) })),
    }),
  };
}

/** Errors of a document that this schema does not accept: the test's schema or the query is wrong. */
export function isMalformed(answer: { readonly data?: unknown }): boolean {
  return answer.data === undefined;
}
