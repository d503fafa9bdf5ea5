import { stringify } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../src/config/config-schema.ts';
import { code, type Schema, typeInWords } from './schema-words.ts';

/** A key of quantgate.yml, and those below it. */
interface Key {
  /** From the top, without the places in lists: `models`, `targets`, `recipe`. */
  readonly path: readonly string[];
  /** Where a map that has it lies in a configuration: `models.0.targets.0`. */
  readonly place: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  /** The names of the maps that have it, where only maps of these names do: `wer`, `cer` of metrics. */
  readonly of?: string[];
  readonly below: readonly Key[];
}

/**
 * The part of docs/configuration.md that is made of the schema: an outline, and each key with its type, its default, its
 * meaning and an example, in the order of the schema.
 */
export function configurationKeys(): string {
  const keys = keysOf(z.toJSONSchema(configSchema, { io: 'input' }) as Schema, [], []);
  return ['## All keys', outlineOf(keys, '').join('\n'), ...keys.flatMap(sectionOf)].join('\n\n');
}

function keysOf(schema: Schema, path: readonly string[], place: readonly string[]): Key[] {
  const seen = new Map<string, Key>();
  for (const { properties = {}, required = [] } of mapsOf(schema)) {
    const named = properties.name?.const;
    for (const [name, each] of Object.entries(properties)) {
      if (seen.has(name)) continue;
      // Maps of other names may mean something else by the same key.
      const id = typeof named === 'string' ? JSON.stringify([name, each]) : name;
      const known = seen.get(id);
      if (known?.of !== undefined && typeof named === 'string') known.of.push(named);
      if (known !== undefined) continue;
      const own = [...path, name];
      const item = each.items || undefined;
      const below = keysOf(item ?? each, own, [...place, name, ...(item ? ['0'] : [])]);
      seen.set(id, {
        path: own,
        place: place.join('.'),
        schema: each,
        isRequired: required.includes(name) && each.default === undefined,
        ...(typeof named === 'string' && { of: [named] }),
        below: [...below, ...keysOfEntries(each, own, [...place, name])],
      });
    }
  }
  return [...seen.values()];
}

/** Keys of each value of a map whose names are the user's: `layers: { "head/conv": { float: true } }`. */
function keysOfEntries(schema: Schema, path: readonly string[], place: readonly string[]): Key[] {
  const { additionalProperties: entry } = schema;
  return entry ? keysOf(entry, [...path, '<name>'], [...place, '<name>']) : [];
}

function mapsOf(schema: Schema): Schema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(mapsOf);
  return schema.properties === undefined ? [] : [schema];
}

/** Deeper ones are listed with the key that they are of. */
function hasSection({ path }: Key): boolean {
  return path.length <= 3;
}

/** A key a line; those that have none below them stand behind the one that they are of. */
function outlineOf(keys: readonly Key[], indent: string): string[] {
  return keys.filter(hasSection).flatMap((key) => {
    const below = key.below.filter(hasSection);
    const line = `${indent}- ${linkOf(key)}`;
    if (below.length === 0) return [line];
    if (below.some((each) => each.below.some(hasSection))) return [line, ...outlineOf(below, `${indent}  `)];
    return [`${line}: ${below.map(linkOf).join(', ')}`];
  });
}

function linkOf({ path }: Key): string {
  return `[\`${path.at(-1)}\`](#${anchorOf(path)})`;
}

function sectionOf(key: Key): string[] {
  const { path, schema, isRequired, below } = key;
  const [sections, items] = [below.filter(hasSection), below.filter((each) => !hasSection(each))];
  return [
    `${'#'.repeat(path.length + 1)} \`${path.join('.')}\``,
    `_${typeInWords(schema)}_ · ${whenLeftOut(schema, isRequired)}`,
    asMarkdown(schema.description),
    ...(items.length === 0 ? [] : [listOf(items)]),
    ...examplesOf(key),
    ...sections.flatMap(sectionOf),
  ];
}

/** Keys that only maps of some names have stand below these. */
function listOf(items: readonly Key[]): string {
  const owners = [...new Set(items.flatMap(({ of }) => (of === undefined ? [] : [of.join()])))];
  return [
    ...items.filter(({ of }) => of === undefined).map(itemOf),
    ...owners.flatMap((names) => [
      `- with \`name: ${names.split(',').join('`, `')}\`:`,
      ...items.filter(({ of }) => of?.join() === names).map((item) => `  ${itemOf(item)}`),
    ]),
  ].join('\n');
}

function itemOf({ path, schema, isRequired }: Key): string {
  const what = `_${typeInWords(schema)}_, ${whenLeftOut(schema, isRequired)}`;
  return `- \`${path.at(-1)}\` (${what}): ${schema.description}`;
}

/** Lists of a description stand by themselves. */
function asMarkdown(description = ''): string {
  return description.replace(/(?<!\n- .*)\n- /, '\n\n- ').replace(/(\n- .*)\n(?!- )/, '$1\n\n');
}

function whenLeftOut(schema: Schema, isRequired: boolean): string {
  if (isRequired) return 'required';
  return schema.default === undefined ? 'may be left out' : `default ${code(schema.default)}`;
}

/** The first to copy, the others as comments below it. */
function examplesOf({ path, place, schema }: Key): string[] {
  const [first, ...others] = (schema.examples ?? []).map((example) => inYaml(path.at(-1)!, example));
  if (first === undefined) return [];
  const lines = [first, ...others.map((other) => `# or ${other}`)];
  return [`\`\`\`yaml at ${place === '' ? 'top' : place}\n${lines.join('\n')}\n\`\`\``];
}

function inYaml(name: string, value: unknown): string {
  const map = stringify({ [name]: value }, { collectionStyle: 'flow', lineWidth: 0 });
  return map
    .replace(/^\{ (.*) \}\n$/s, '$1')
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']');
}

/** As GitHub makes it of a heading. */
function anchorOf(path: readonly string[]): string {
  return path
    .join('.')
    .toLowerCase()
    .replace(/[^\w-]/g, '');
}
