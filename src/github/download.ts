import { UserError } from '../errors.ts';
import { sha256Of } from '../sha256.ts';
import { type Api, attempt, type Call } from './api.ts';
import { ApiError } from './api-error.ts';

/** What a download must be. */
export interface ExpectedDownload {
  /** Bytes. */
  readonly most: number;
  /** `sha256:` and 64 hex digits, where GitHub states it. */
  readonly digest: string | null | undefined;
}

const TRIES = 3;

/**
 * Downloads a file into memory. GitHub redirects to its storage, where fetch sends no token.
 *
 * @throws ApiError when it cannot be downloaded; UserError when it is too large or not what its digest says
 */
export async function download(
  api: Api,
  request: Omit<Call<unknown>, 'answer'>,
  expected: ExpectedDownload,
): Promise<Uint8Array> {
  const bytes = await read(api, request, expected.most, TRIES);
  const digest = `sha256:${sha256Of(bytes)}`;
  if (expected.digest && expected.digest !== digest) {
    throw new UserError(
      `cannot ${request.purpose}: it is ${digest}, GitHub states ${expected.digest}: do not use it, make it again`,
    );
  }
  return bytes;
}

async function read(
  api: Api,
  request: Omit<Call<unknown>, 'answer'>,
  most: number,
  tries: number,
): Promise<Uint8Array> {
  const parameters = { ...request.parameters, request: { parseSuccessResponseBody: false } };
  const { data } = await attempt(request, () => api.request(request.route, parameters));
  if (!(data instanceof ReadableStream)) {
    throw new ApiError(
      `cannot ${request.purpose}: GitHub answered without a file: run again later`,
      'unexpected',
    );
  }
  try {
    return await attempt(request, () => collect(data, most, request.purpose));
  } catch (error) {
    // The client repeats calls that fail, not answers that break off.
    const brokeOff = error instanceof ApiError && error.failure === 'no-answer';
    if (brokeOff && tries > 1) return read(api, request, most, tries - 1);
    throw error;
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  most: number,
  purpose: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > most) {
      throw new ApiError(`cannot ${purpose}: it is larger than ${most} bytes: make it smaller`, 'unexpected');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
