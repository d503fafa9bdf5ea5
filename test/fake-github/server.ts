import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, notFound, ok, Refusal, type Urls } from './answer.ts';
import { type Barriers, makeBarriers } from './barrier.ts';
import { answerBlob, blobOperation } from './blobs.ts';
import { type FaultQueue, faultQueue } from './faults.ts';
import { answerGraphql, isMalformed } from './graphql.ts';
import { answered, jsonOf, listen, portOf, type Request, send, stop, tokenIn } from './http.ts';
import { actionsApp } from './objects/check.ts';
import { accountObject, userOf } from './objects/user.ts';
import { checkAnswer, checkRequest, findOperation } from './openapi/check.ts';
import { demand } from './permissions.ts';
import { answerResults, type Job, runtimeToken } from './results.ts';
import { handlers } from './routes/index.ts';
import { emptyState, type Repo, type State, type Token, type WorkflowRun } from './state.ts';

/** A request as the log keeps it. */
export interface Logged {
  /** GitHub's operation id, or `graphql`, `results/CreateArtifact`, `blob/get` and the like. */
  readonly operation: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly login: string | undefined;
  readonly body: unknown;
  /** 0 where the connection was cut. */
  status: number;
}

export interface Github {
  readonly state: State;
  readonly urls: Urls;
  /** ACTIONS_RESULTS_URL */
  readonly resultsUrl: string;
  /** GITHUB_GRAPHQL_URL */
  readonly graphqlUrl: string;
  readonly log: readonly Logged[];
  readonly fault: FaultQueue['plan'];
  readonly barrier: Barriers['raise'];
  calls(operation: string): Logged[];
  /** ACTIONS_RUNTIME_TOKEN of a job of this run. */
  runtimeToken(repo: Repo, run: WorkflowRun): string;
  /** Stops. @throws Error with every violation of GitHub's own description, and faults and barriers that nothing met */
  close(): Promise<void>;
}

/**
 * A GitHub on 127.0.0.1 that keeps state. Whatever comes in and goes out of its REST API is held against GitHub's
 * OpenAPI description.
 *
 * @param host `ghes` serves the API below /api/v3, as GitHub Enterprise Server does
 */
export async function startGithub({
  host = 'github.com',
}: {
  host?: 'github.com' | 'ghes';
} = {}): Promise<Github> {
  const state = emptyState();
  const [queue, barriers] = [faultQueue(), makeBarriers()];
  const log: Logged[] = [];
  const violations: string[] = [];
  const jobs = new Map<string, Job>();
  const [main, storage] = [createServer(respond), createServer(respond)];
  // Storage is another origin, as it is at GitHub, so that clients drop the token when redirected to it.
  const [origin, storageOrigin] = await Promise.all([listen(main), listen(storage)]);
  const [prefix, graphqlPath] = host === 'ghes' ? ['/api/v3', '/api/graphql'] : ['', '/graphql'];
  const html = host === 'ghes' ? 'https://github.example.com' : 'https://github.com';
  const urls: Urls = { api: `${origin}${prefix}`, html, storage: storageOrigin };

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = 'GET', headers } = incoming;
    const url = new URL(incoming.url ?? '/', origin);
    const request = { method, url, bytes: Buffer.concat(chunks), headers };
    const { operation, perform } =
      incoming.socket.localPort === portOf(storage) ? blob(request) : route(request);
    const logged: Logged = {
      operation,
      method,
      url: url.pathname + url.search,
      login: state.tokens.get(tokenIn(headers))?.login,
      body: jsonOf(request),
      status: 0,
    };
    log.push(logged);
    const fault = queue.next(operation);
    if (fault?.kind === 'slow') await sleep(fault.ms);
    if (fault?.kind === 'cut' && fault.when === 'before') return void incoming.socket.destroy();
    const answer = fault?.kind === 'answer' ? fault : guarded(operation, perform);
    const complaint = await barriers.pass(operation);
    if (complaint !== undefined) violations.push(complaint);
    if (fault?.kind === 'cut') return void incoming.socket.destroy();
    logged.status = answer.status;
    send(response, answer, operation);
  }

  /** A defect of the fake fails the test, and no client waits for an answer that never comes. */
  function guarded(operation: string, perform: () => Answer): Answer {
    try {
      return answered(perform);
    } catch (error) {
      violations.push(`${operation}: defect of the fake: ${error instanceof Error ? error.stack : error}`);
      return { status: 500, body: { message: 'Server Error' } };
    }
  }

  function route(request: Request): { operation: string; perform: () => Answer } {
    const { method, url } = request;
    const twirp = /^\/twirp\/github\.actions\.results\.api\.v1\.ArtifactService\/(\w+)$/.exec(url.pathname);
    if (twirp !== null)
      return { operation: `results/${twirp[1]}`, perform: () => results(twirp[1], request) };
    if (url.pathname === graphqlPath) return { operation: 'graphql', perform: () => graphql(request) };
    const found = url.pathname.startsWith(`${prefix}/`)
      ? findOperation(method, url.pathname.slice(prefix.length))
      : undefined;
    if (found === undefined) {
      violations.push(`${method} ${url.pathname} is no operation of openapi/operations.json`);
      return {
        operation: `${method} ${url.pathname}`,
        perform: () => ({ status: 404, body: { message: 'Not Found' } }),
      };
    }
    return { operation: found.id, perform: () => rest(found.id, found.params, request) };
  }

  function rest(id: string, params: Readonly<Record<string, string>>, request: Request): Answer {
    const isUpload = id === 'repos/upload-release-asset';
    const body = isUpload ? undefined : jsonOf(request);
    const complain = (what: string[]) => violations.push(...what.map((each) => `${id}: ${each}`));
    const wrong = checkRequest(id, params, request.url.searchParams, body);
    complain(wrong);
    const answer = answered(() => {
      if (wrong.some((each) => each.startsWith('body')))
        throw new Refusal(422, `Invalid request.\n\n${wrong.join('\n')}`);
      const token = authenticated(request);
      if (id === 'users/get-authenticated') {
        if (token.kind === 'installation') throw new Refusal(403, 'Resource not accessible by integration');
        return ok(accountObject(urls, userOf(state, token.login)));
      }
      if (id === 'apps/get-by-slug') {
        if (params.app_slug !== 'github-actions') throw notFound();
        return ok(actionsApp(state, urls));
      }
      const repo = state.repos.get(`${params.owner}/${params.repo}`);
      if (repo === undefined) throw new Refusal(404, 'Not Found');
      demand(id, repo, token);
      return handlers[id]({
        state,
        urls,
        repo,
        token,
        params,
        query: request.url.searchParams,
        body: (body ?? {}) as Readonly<Record<string, unknown>>,
        bytes: request.bytes,
        accept: request.headers.accept ?? '',
        contentType: request.headers['content-type'] ?? '',
      });
    });
    if (!(answer.body instanceof Uint8Array)) complain(checkAnswer(id, answer.status, answer.body));
    return answer;
  }

  function graphql(request: Request): Answer {
    const token = authenticated(request);
    const { query, variables = {} } = jsonOf(request) as {
      query: string;
      variables?: Record<string, unknown>;
    };
    const body = answerGraphql({ state, urls, token, query, variables });
    if (isMalformed(body)) violations.push(`graphql: ${JSON.stringify(body.errors)}`);
    return ok(body);
  }

  function results(method: string, request: Request): Answer {
    const job = jobs.get(tokenIn(request.headers));
    if (job === undefined)
      throw new Refusal(401, 'unauthenticated', { code: 'unauthenticated', msg: 'unauthenticated' });
    return answerResults(
      method,
      jsonOf(request) as object,
      state,
      job,
      (path) => `${urls.storage}/${path}?sig=fake`,
    );
  }

  function blob({ method, url, bytes, headers }: Request) {
    const request = {
      method,
      path: url.pathname.slice(1),
      query: url.searchParams,
      bytes,
      authorization: headers.authorization,
    };
    return { operation: blobOperation(method, url.searchParams), perform: () => answerBlob(state, request) };
  }

  function authenticated(request: Request): Token {
    const token = state.tokens.get(tokenIn(request.headers));
    if (token === undefined) throw new Refusal(401, 'Bad credentials');
    return token;
  }

  return {
    state,
    urls,
    resultsUrl: origin,
    graphqlUrl: `${origin}${graphqlPath}`,
    log,
    fault: queue.plan,
    barrier: barriers.raise,
    calls: (operation) => log.filter((each) => each.operation === operation),
    runtimeToken(repo, run) {
      const token = runtimeToken({ repo, run });
      jobs.set(token, { repo, run });
      return token;
    },
    async close() {
      await Promise.all([main, storage].map(stop));
      const unmet = queue.unmet().map((operation) => `the fault planned for ${operation} met no call`);
      const all = [...violations, ...unmet];
      if (all.length > 0) throw new Error(`the fake GitHub saw:\n${all.join('\n')}`);
    },
  };
}
