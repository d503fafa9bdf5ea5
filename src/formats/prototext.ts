import { UserError } from '../errors.ts';

/** One `name: value` or `name { … }` in protobuf's text format. */
export interface TextField {
  readonly name: string;
  /** Line of the name, from 1. */
  readonly line: number;
  /** A scalar as written, strings without quotes and escapes; or the fields of a message. */
  readonly value: string | TextMessage;
}
export type TextMessage = readonly TextField[];

const MAX_LENGTH = 2 ** 26;
const MAX_DEPTH = 64;
const MAX_BEGINNING = 65_536;
const CLOSING = new Map([
  ['{', '}'],
  ['<', '>'],
]);

const blank = /[\s,;]+|#[^\n]*/y;
const identifier = /[A-Za-z_]\w*|\[[\w./-]+\]/y;
const scalar = /(?:- *)?[\w.+][\w.+-]*/y;
const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/**
 * A text in protobuf's text format, without a schema: the fields in their order, `name: [a, b]` as one field a value.
 *
 * @throws UserError naming `where` and the line that does not parse
 */
export function parseTextFormat(text: string, where: string): TextMessage {
  if (text.length > MAX_LENGTH) {
    throw new UserError(
      `${where} holds more than ${MAX_LENGTH / 2 ** 20} Mi characters: give a smaller file`,
    );
  }
  let at = 0;
  let line = 1;

  function fail(expected: string): never {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 20)) : 'the end of the file';
    throw new UserError(`${where}:${line}: expected ${expected}, found ${found}`);
  }
  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }
  function skipBlank(): void {
    for (let found = match(blank); found !== undefined; found = match(blank)) {
      line += found.split('\n').length - 1;
    }
  }
  function message(closing: string | undefined, depth: number): TextMessage {
    if (depth > MAX_DEPTH) fail(`at most ${MAX_DEPTH} nested messages`);
    const fields: TextField[] = [];
    for (skipBlank(); text[at] !== closing; skipBlank()) {
      const start = line;
      const name = match(identifier) ?? fail(closing === undefined ? 'a field' : `a field or "${closing}"`);
      skipBlank();
      const colon = text[at] === ':';
      if (colon) at++;
      skipBlank();
      for (const value of values(colon, depth)) fields.push({ name, line: start, value });
    }
    at++;
    return fields;
  }
  function values(colon: boolean, depth: number): TextField['value'][] {
    if (text[at] !== '[') return [value(colon, depth)];
    at++;
    const list: TextField['value'][] = [];
    for (skipBlank(); text[at] !== ']'; skipBlank()) list.push(value(true, depth));
    at++;
    return list;
  }
  function value(colon: boolean, depth: number): TextField['value'] {
    const closing = CLOSING.get(text[at]);
    if (closing !== undefined) {
      at++;
      return message(closing, depth + 1);
    }
    if (!colon) fail('":" or "{"');
    if (text[at] !== '"' && text[at] !== "'") return match(scalar) ?? fail('a value');
    let joined = '';
    for (; text[at] === '"' || text[at] === "'"; skipBlank()) joined += string(text[at]);
    return joined;
  }
  function string(quote: string): string {
    const start = at + 1;
    for (at = start; text[at] !== quote; at++) {
      if (text[at] === '\\') at++;
      if (at >= text.length || text[at] === '\n') fail(`${quote} at the end of the string`);
    }
    return unescaped(text.slice(start, at++));
  }

  // The whole file is a message that the end of the text closes.
  return message(undefined, 0);
}

/** Letters behind a backslash, in the order of the bytes from 7. */
const ESCAPES = 'abtnvfr';

/** Octal and hexadecimal escapes are bytes of UTF-8. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const parts = text.match(/\\(?:[0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|.)|[^\\]+/gs) ?? [];
  return Buffer.concat(parts.map(bytesOf)).toString('utf8');
}

function bytesOf(part: string): Buffer {
  if (part[0] !== '\\') return Buffer.from(part);
  if (/^\\[0-7]/.test(part)) return Buffer.of(Number.parseInt(part.slice(1), 8));
  if (/^\\[xX]./.test(part)) return Buffer.of(Number.parseInt(part.slice(2), 16));
  if (/^\\u./.test(part)) return Buffer.from(String.fromCharCode(Number.parseInt(part.slice(2), 16)));
  const letter = ESCAPES.indexOf(part[1]);
  return letter < 0 ? Buffer.from(part.slice(1)) : Buffer.of(7 + letter);
}

/** Whether the first field of a text, behind blanks and comments, is one of `names`. */
export function beginsWith(text: string, names: readonly string[]): boolean {
  const first = text.slice(0, MAX_BEGINNING).match(/^(?:\s|#[^\n]*\n)*(\w+)/)?.[1];
  return first !== undefined && names.includes(first);
}

/** A string in double quotes; control characters as octal escapes. */
export function quoted(text: string): string {
  const octal = (c: string) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`;
  const safe = text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, (c) => (c < '\x80' ? octal(c) : c));
  return `"${safe}"`;
}

/** The messages among the fields called `name`. */
export function messagesIn(message: TextMessage, name: string): TextMessage[] {
  return message.flatMap(({ name: n, value }) => (n === name && typeof value !== 'string' ? [value] : []));
}

/** The last scalar called `name`, as protobuf takes it when a field is given twice; undefined if there is none. */
export function scalarIn(message: TextMessage, name: string): string | undefined {
  const found = message.findLast((field) => field.name === name)?.value;
  return typeof found === 'string' ? found : undefined;
}

/**
 * All numbers called `name`.
 *
 * @throws UserError naming `where` and the line of a value that is not a finite number, or has a fraction in spite of
 * `integer`
 */
export function numbersIn(message: TextMessage, name: string, where: string, integer = false): number[] {
  return message
    .filter((field) => field.name === name)
    .map(({ line, value }) => {
      const text = typeof value === 'string' ? value.replace(/^-\s+/, '-').replace(/f$/i, '') : '';
      const parsed = number.test(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(parsed) || (integer && !Number.isInteger(parsed))) {
        throw new UserError(`${where}:${line}: ${name} must be ${integer ? 'a whole' : 'a finite'} number`);
      }
      return parsed;
    });
}
