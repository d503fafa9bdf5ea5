import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Schema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: Schema } | null;
  /** Schemas by status; null where the answer has no body. */
  readonly responses: Readonly<Record<string, Schema | null>>;
}

interface Description {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly $defs: Readonly<Record<string, Schema>>;
}

const { operations, $defs }: Description = JSON.parse(
  readFileSync(join(import.meta.dirname, 'github.json'), 'utf8'),
);

/** Operation ids of GitHub's REST API that the description has, such as `issues/create-comment`. */
export const operationIds: readonly string[] = Object.keys(operations);

// GitHub's schemas use keywords and formats in ways that strict mode takes for mistakes.
const ajv = addFormats.default(
  new Ajv2020({ strict: false, allErrors: true, coerceTypes: false, validateFormats: true }),
);
ajv.addSchema({ $id: 'github', $defs });

const compiled = new WeakMap<object, ValidateFunction>();

function validatorOf(schema: Schema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  // GitHub means "any of" by it: the errors of a conflict, of which one is a special case of the other.
  const text = JSON.stringify(schema).replaceAll('"oneOf":', '"anyOf":');
  const validate = ajv.compile(JSON.parse(text.replaceAll('"#/$defs/', '"github#/$defs/')));
  compiled.set(schema, validate);
  return validate;
}

/** Each violation on a line of its own, with where it is and what is there. */
function violations(schema: Schema, value: unknown, where: string): string[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  return validate.errors!.map((error) => {
    const at = error.instancePath
      .split('/')
      .slice(1)
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value);
    const extra = 'additionalProperty' in error.params ? ` ("${error.params.additionalProperty}")` : '';
    return `${where}${error.instancePath} ${error.message}${extra}: ${JSON.stringify(at)?.slice(0, 120)}`;
  });
}

/** Parameters whose values hold slashes: paths of files, names of branches and refs. */
const GREEDY = new Set(['ref', 'branch', 'basehead']);

const routes = Object.entries(operations)
  .map(([id, { method, path }]) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    // The contents of the root have no path, and no slash before it.
    const pattern = path
      .replace('/{path}', '(?:/(.*))?')
      .replace(/\{(\w+)\}/g, (_, name) => (GREEDY.has(name) ? '(.+)' : '([^/]+)'));
    return {
      id,
      method,
      names,
      pattern: new RegExp(`^${pattern}$`),
      literal: path.replace(/\{\w+\}/g, '').length,
    };
  })
  .sort((a, b) => b.literal - a.literal);

/** The operation that a request means, with its decoded path parameters. The longest literal path wins. */
export function findOperation(
  method: string,
  path: string,
): { readonly id: string; readonly params: Readonly<Record<string, string>> } | undefined {
  for (const { id, names, pattern, ...route } of routes) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match !== null)
      return {
        id,
        params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? '')])),
      };
  }
  return undefined;
}

export function checkRequest(
  id: string,
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: unknown,
): string[] {
  const operation = operations[id];
  const found: string[] = [];
  for (const { name, in: place, required, schema } of operation.parameters) {
    const text = place === 'path' ? params[name] : (query.get(name) ?? undefined);
    if (text !== undefined) found.push(...violations(schema, typed(text, schema), `${place} ${name}`));
    else if (required) found.push(`${place} ${name} is missing`);
  }
  const known = operation.parameters.filter((p) => p.in === 'query').map((p) => p.name);
  // GitHub ignores what it does not know, so a misspelt filter would go unnoticed there.
  for (const name of query.keys()) if (!known.includes(name)) found.push(`query ${name} is not a parameter`);
  if (operation.body === null) return found;
  if (body === undefined) return operation.body.required ? [...found, 'body is missing'] : found;
  const names = operation.body.schema.properties;
  if (names !== undefined && !('additionalProperties' in operation.body.schema))
    for (const key of Object.keys(body as object))
      if (!(key in (names as object))) found.push(`body/${key} is not a field`);
  return [...found, ...violations(operation.body.schema, body, 'body')];
}

export function checkAnswer(id: string, status: number, body: unknown): string[] {
  const schema = operations[id].responses[status];
  if (status < 400 && schema === undefined) return [`status ${status} is not an answer of ${id}`];
  if (schema === null || schema === undefined)
    return body === undefined || status >= 400
      ? violations($defs['basic-error'], body ?? {}, `answer ${status}`)
      : [`answer ${status} has a body`];
  return violations(schema, body, `answer ${status}`);
}

/** Numbers and booleans in paths and queries are text. */
function typed(text: string, schema: Schema): unknown {
  const target = '$ref' in schema ? $defs[String(schema.$ref).split('/').at(-1)!] : schema;
  if (target.type === 'integer' || target.type === 'number')
    return /^-?\d+$/.test(text) ? Number(text) : text;
  if (target.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}
