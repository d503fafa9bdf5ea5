// Writes test/fake-github/openapi/github.json: the operations that the fake GitHub answers, cut out of GitHub's own description.
//
//   npm install --prefix <folder> --ignore-scripts @octokit/openapi@23.0.2
//   node scripts/trim-openapi.mjs <folder>/node_modules/@octokit/openapi
//
// The package is 385 MB, so it is not a dependency. It is MIT-licensed, and so is what is cut out of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('give the folder of @octokit/openapi');
const { operations } = JSON.parse(readFileSync('test/fake-github/openapi/operations.json', 'utf8'));
const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const description = JSON.parse(readFileSync(join(source, 'generated/api.github.com.json'), 'utf8'));

const schemas = {};

/** OpenAPI 3.0 schema to JSON Schema: only what validates, `nullable` in terms of types, references into `$defs`. */
function schemaOf(node) {
  if (Array.isArray(node)) return node.map(schemaOf);
  if (node === null || typeof node !== 'object') return node;
  if (node.$ref !== undefined) {
    const name = node.$ref.split('/').at(-1);
    if (!(name in schemas)) {
      schemas[name] = {};
      schemas[name] = schemaOf(description.components.schemas[name]);
    }
    return { $ref: `#/$defs/${name}` };
  }
  const schema = {};
  for (const [key, value] of Object.entries(node)) {
    if (ANNOTATIONS.has(key) || key.startsWith('x-')) continue;
    if (key === 'properties' || key === 'patternProperties')
      schema[key] = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, schemaOf(each)]));
    else schema[key] = SUBSCHEMAS.has(key) ? schemaOf(value) : value;
  }
  return node.nullable === true ? orNull(schema) : schema;
}

const ANNOTATIONS = new Set([
  'description',
  'example',
  'examples',
  'title',
  'default',
  'deprecated',
  'externalDocs',
  'nullable',
  'readOnly',
  'discriminator',
]);
const SUBSCHEMAS = new Set(['items', 'allOf', 'anyOf', 'oneOf', 'not', 'additionalProperties']);

function orNull(schema) {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const widened = { ...schema, type: [schema.type, 'null'] };
  return schema.enum === undefined ? widened : { ...widened, enum: [...new Set([...schema.enum, null])] };
}

const resolve = (node) =>
  node.$ref === undefined
    ? node
    : node.$ref
        .split('/')
        .slice(1)
        .reduce((at, key) => at[key], description);

function operationOf(method, path, shared, operation) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolve);
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const contents = resolve(response).content ?? {};
    const content = contents['application/json'] ?? Object.values(contents)[0];
    return [status, content?.schema === undefined ? null : schemaOf(content.schema)];
  });
  const body = operation.requestBody && resolve(operation.requestBody);
  const bodySchema = body?.content['application/json']?.schema;
  return {
    method: method.toUpperCase(),
    path,
    parameters: parameters
      .filter((p) => p.in === 'path' || p.in === 'query')
      .map((p) => ({ name: p.name, in: p.in, required: p.required === true, schema: schemaOf(p.schema) })),
    body:
      bodySchema === undefined ? null : { required: body.required === true, schema: schemaOf(bodySchema) },
    responses: Object.fromEntries(responses),
  };
}

const found = new Map();
for (const [path, item] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (operation.operationId !== undefined)
      found.set(
        operation.operationId,
        operationOf.bind(null, method, path, item.parameters ?? [], operation),
      );
  }
}
const trimmed = operations.map((id) => {
  const make = found.get(id);
  if (make === undefined) throw new Error(`${id} is no operation of @octokit/openapi ${version}`);
  return [id, make()];
});
schemaOf({ $ref: '#/components/schemas/basic-error' });
const file = {
  source: `@octokit/openapi ${version}, MIT licence, copyright GitHub`,
  operations: Object.fromEntries(trimmed),
  $defs: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
};
writeFileSync('test/fake-github/openapi/github.json', `${JSON.stringify(file)}\n`);
console.log(`${trimmed.length} operations, ${Object.keys(schemas).length} schemas`);
