import { z } from 'zod';
import { printable, quote } from '../errors.ts';
import { configSchema } from './config-schema.ts';
import { nearest } from './suggest.ts';
import type { YamlSource } from './yaml.ts';

type Issue = z.core.$ZodIssue;

const MAX_PROBLEMS = 20;

/** One line for each problem: where, which key, what is wrong. */
export function problemLines(issues: readonly Issue[], source: YamlSource): string[] {
  const problems = issues.map(innermost);
  const shown: string[] = [];
  // To locate a problem is to search the file, so it is done for those alone that are shown.
  for (const issue of problems) {
    if (shown.length === MAX_PROBLEMS) break;
    shown.push(...linesOf(issue, source, MAX_PROBLEMS - shown.length));
  }
  const left = problems.reduce((sum, issue) => sum + countOf(issue), -shown.length);
  return left > 0 ? [...shown, `and ${left} more problems`] : shown;
}

function countOf(issue: Issue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
}

function linesOf(issue: Issue, source: YamlSource, most: number): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, most).map((key) => {
      const hint = hintOf(key);
      return `${source.locate([...issue.path, key], true)}: ${nameOf(issue.path)}unknown key ${quote(key)}: ${hint}`;
    });
  }
  if (issue.path.length === 0 && issue.code === 'invalid_type')
    return [`${source.locate([])}: is no quantgate.yml: begin with "version: 1" and "models:"`];
  return [`${source.locate(issue.path)}: ${nameOf(issue.path)}${printable(issue.message)}`];
}

function hintOf(key: string): string {
  const known = knownKeys.find((each) => each.key === key);
  // It is right, and not here.
  if (known !== undefined) return `it belongs ${known.place === '' ? 'at the top' : `below ${known.place}`}`;
  const similar = nearest(
    key,
    knownKeys.map((each) => each.key),
  );
  return similar ? `did you mean "${similar}"?` : 'remove it';
}

/** The first problem inside of a value that is a map like one branch of a union; otherwise the union itself. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const [near] = issue.errors
    .filter((branch) => branch.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'))
    .sort((a, b) => a.length - b.length);
  return near ? innermost({ ...near[0], path: [...issue.path, ...near[0].path] }) : issue;
}

const kinds: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
};

/** Replaces the words of zod where a person would use others; `undefined` keeps them. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type': {
      const kind = kinds[issue.expected] ?? issue.expected;
      return issue.input === null ? `has no value: it must be ${kind}` : `must be ${kind}`;
    }
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      if (issue.origin === 'string') return `is longer than ${issue.maximum} characters: shorten it`;
      if (issue.origin === 'array') return `has more than ${issue.maximum} entries: leave some out`;
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'is empty: fill it in';
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    default:
      return undefined;
  }
}

function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  const segments = path.map((segment, i) => {
    if (typeof segment === 'number') return `[${segment}]`;
    const simple = /^[\w-]{1,64}$/.test(String(segment));
    return simple ? `${i === 0 ? '' : '.'}${String(segment)}` : `[${quote(String(segment))}]`;
  });
  return `${segments.join('')}: `;
}

interface KnownKey {
  readonly key: string;
  /** Such as `models[].budget`; '' at the top. */
  readonly place: string;
}

const knownKeys = keysOf(z.toJSONSchema(configSchema, { io: 'input' }), '');

function keysOf(schema: unknown, place: string): KnownKey[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([word, inner]) => {
    if (word === 'items') return keysOf(inner, `${place}[]`);
    if (word !== 'properties') return keysOf(inner, place);
    return Object.entries(inner as object).flatMap(([key, value]) => [
      { key, place },
      ...keysOf(value, place === '' ? key : `${place}.${key}`),
    ]);
  });
}
