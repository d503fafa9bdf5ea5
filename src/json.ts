import type { z } from 'zod';
import { messageOf, printable, UserError } from './errors.ts';

/** Values of a JSON text: 32 bytes of text that hold 16 empty lists take a kilobyte of memory. */
export const MAX_JSON_VALUES = 2 ** 25;

/** What JSON should be, for the message when it is not. */
export interface JsonOrigin {
  /** The file, or the place that it comes from. */
  readonly where: string;
  /** With its article: `a calibration`. */
  readonly what: string;
  /** What to do about it: `run quantgate calibrate again`. */
  readonly remedy: string;
  readonly maxBytes?: number;
}

/**
 * The value of a JSON text that comes from outside, checked. But for the page of a report, which runs in browsers, this is
 * the only file that parses JSON: whoever made the text also chose its keys, so that no message may show them as they are.
 *
 * @throws UserError naming `where` and the first thing that is not as `schema` says
 */
export function parseJson<T>(text: string | Uint8Array, schema: z.ZodType<T>, origin: JsonOrigin): T {
  const { maxBytes = Infinity } = origin;
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes.length > maxBytes) throw refusal(origin, `larger than ${maxBytes} bytes`);
  if (valuesIn(bytes) > MAX_JSON_VALUES) throw refusal(origin, `more than ${MAX_JSON_VALUES} values`);
  return dataOf(parsed(text, schema), origin);
}

/**
 * A value that somebody else parsed, such as an event of the runner, checked as `parseJson` checks a text.
 *
 * @throws UserError naming `where` and the first thing that is not as `schema` says
 */
export function checkJson<T>(value: unknown, schema: z.ZodType<T>, origin: JsonOrigin): T {
  return dataOf(checked(value, schema), origin);
}

/** The value of a text that may be anything; undefined where it is not JSON as `schema` says. */
export function tryJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  const result = parsed(text, schema);
  return 'problem' in result ? undefined : result.data;
}

/**
 * The first problem of a value on one line: `scores.0: Invalid input`.
 *
 * @param root what the whole value is called, before the keys that lead to the problem
 */
export function issueOf(error: z.ZodError, root?: string): string {
  const { path, message } = error.issues[0];
  const keys = path.map((key) => printable(String(key)) || '""');
  const way = root === undefined ? keys : [root, ...keys];
  return `${printable(way.join('.')) || 'all of it'}: ${printable(message)}`;
}

/** No fewer values than a JSON text can hold: what separates or opens them is counted, in texts as well. */
export function valuesIn(text: Uint8Array): number {
  let values = 1;
  for (const byte of text) if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
  return values;
}

const [COMMA, BRACKET, BRACE] = Buffer.from(',[{');

type Result<T> = { readonly data: T } | { readonly problem: string };

function parsed<T>(text: string | Uint8Array, schema: z.ZodType<T>): Result<T> {
  let value: unknown;
  try {
    value = JSON.parse(
      typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text),
    );
  } catch (error) {
    return { problem: `no JSON: ${printable(messageOf(error))}` };
  }
  return checked(value, schema);
}

function checked<T>(value: unknown, schema: z.ZodType<T>): Result<T> {
  try {
    const { data, error } = schema.safeParse(value);
    return error === undefined ? { data } : { problem: issueOf(error) };
  } catch (error) {
    // Where a schema takes any JSON, a text may nest it deeper than the stack.
    if (error instanceof RangeError) return { problem: 'nested too deeply' };
    throw error;
  }
}

function dataOf<T>(result: Result<T>, origin: JsonOrigin): T {
  if ('problem' in result) throw refusal(origin, result.problem);
  return result.data;
}

function refusal({ where, what, remedy }: JsonOrigin, problem: string): UserError {
  return new UserError(`${printable(where)} is not ${what} (${problem}): ${remedy}`);
}
