import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, Refusal } from './answer.ts';
import { acceptedPermissions } from './permissions.ts';

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly bytes: Uint8Array;
  readonly headers: IncomingMessage['headers'];
}

/** What a handler gives, or the refusal that it threw, as GitHub words it. */
export function answered(perform: () => Answer): Answer {
  try {
    return perform();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, message, fields } = error;
    const documentation_url = 'https://docs.github.com/rest';
    return { status, body: { message, documentation_url, status: String(status), ...fields } };
  }
}

export function send(response: ServerResponse, { status, body, headers }: Answer, operation: string): void {
  const isBinary = body instanceof Uint8Array;
  response.writeHead(status, {
    ...(body !== undefined && !isBinary && { 'content-type': 'application/json; charset=utf-8' }),
    'x-github-request-id': 'FAKE:1',
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-reset': '2000000000',
    'x-accepted-github-permissions': acceptedPermissions(operation),
    ...headers,
  });
  response.end(isBinary ? body : body === undefined ? undefined : JSON.stringify(body));
}

/** The body as JSON; undefined if it is empty or something else. */
export function jsonOf({ bytes }: Request): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function tokenIn(headers: IncomingMessage['headers']): string {
  return headers.authorization?.replace(/^(?:token|bearer) /i, '') ?? '';
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Starts on 127.0.0.1 at a free port. @returns the origin */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${portOf(server)}`;
}

export async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
