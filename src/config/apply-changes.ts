import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import { UserError } from '../errors.ts';
import { chipNamed } from '../targets/chip-names.ts';
import type { Architecture } from '../targets/hexagon-architectures.ts';
import type { Chip } from '../targets/index.ts';
import type { RangeChoice } from '../targets/target.ts';
import {
  type Entry,
  entryLine,
  keysOf,
  keyText,
  type TargetChanges,
  type TargetKey,
  valuesText,
} from './target-changes.ts';
import { DEFAULT_RANGE, type TargetInput, targetId } from './target-id.ts';
import { parseYaml, readYaml } from './yaml.ts';
import {
  type Edit,
  indentOf,
  insertion,
  keyOf,
  newlineOf,
  replacedItems,
  replacement,
  withEdits,
} from './yaml-edits.ts';

/** What is to be written, by model name and target id. */
export type ChangesByTarget = ReadonlyMap<string, ReadonlyMap<string, TargetChanges>>;

/**
 * Writes granularity, range method, recipe, layers and ranges into targets of a valid `quantgate.yml`. Everything else,
 * comments and layout included, stays to the letter; what a target says already gets its new values in place of the old.
 *
 * @throws UserError where an anchor, an alias or a rare layout is in the way: the block has to be pasted by hand then
 */
export function applyChanges(text: string, changes: ChangesByTarget, fileName = 'quantgate.yml'): string {
  const { value } = readYaml(text, fileName);
  const file = { document: parseYaml(text, fileName).document, value: value as ConfigValue };
  const expected = withChanges(value, changes);
  const edits = [...changes].flatMap(([model, targets]) =>
    [...targets].flatMap(([target, each]) => {
      const keys = keysOf(each);
      return keys.length === 0
        ? []
        : editsOf(text, targetNode(file, { model, target }, fileName), keys, fileName);
    }),
  );
  const applied = withEdits(text, edits);
  if (!saysExactly(applied, expected, fileName)) throw byHand(fileName);
  return applied;
}

interface ConfigValue {
  readonly models: readonly {
    readonly name: string;
    readonly range?: RangeChoice;
    readonly targets: readonly RawTarget[];
  }[];
}

type Options = Partial<Exclude<TargetInput, Chip>>;

/** A target as it is written, without its defaults, by any name of its chip. */
type RawTarget =
  | string
  | (Omit<Options, 'chip' | 'arch'> & { readonly chip: string; readonly arch?: string });

function idOf(target: RawTarget, fallback: RangeChoice = DEFAULT_RANGE): string {
  const { chip, arch, ...options } = typeof target === 'string' ? { chip: target } : target;
  const named = chipNamed(chip)!;
  const own = { ...named, ...(arch !== undefined && { arch: arch.toLowerCase() as Architecture }) };
  return targetId({ 'weight-bits': 8, 'activation-bits': 8, ...options, ...own }, fallback);
}

function withChanges(value: unknown, changes: ChangesByTarget): unknown {
  const config = value as ConfigValue;
  const models = config.models.map((model) => {
    const targets = model.targets.map((target) => {
      const added = changes.get(model.name)?.get(idOf(target, model.range));
      const keys = added === undefined ? [] : keysOf(added);
      if (keys.length === 0) return target;
      const own: Omit<Options, 'chip' | 'arch'> = typeof target === 'string' ? {} : target;
      const fresh = keys.map((each) => {
        if (each.key === 'recipe') return [each.key, each.steps];
        if (!('entries' in each)) return [each.key, each.value];
        const entries = each.entries.map(({ name, values }) => [name, values]);
        return [each.key, { ...own[each.key], ...Object.fromEntries(entries) }];
      });
      const written = typeof target === 'string' ? { chip: target } : target;
      return { ...written, ...Object.fromEntries(fresh) };
    });
    return { ...model, targets };
  });
  return { ...config, models };
}

function saysExactly(text: string, expected: unknown, fileName: string): boolean {
  try {
    return isDeepStrictEqual(readYaml(text, fileName).value, expected);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

function byHand(fileName: string): UserError {
  return new UserError(
    `${fileName}: the changes cannot be written between its anchors, aliases or unusual layout: paste the block of report.html by hand`,
  );
}

/** The entry of a target in the file: a chip, or a map. */
interface TargetNode {
  readonly node: Scalar | YAMLMap;
  /** Whether it stands in `[…]`. */
  readonly isFlow: boolean;
}

/** A configuration as its nodes, and as what they say. */
interface ParsedFile {
  readonly document: Document;
  readonly value: ConfigValue;
}

function targetNode(
  { document, value }: ParsedFile,
  { model, target }: { readonly model: string; readonly target: string },
  fileName: string,
): TargetNode {
  const index = value.models.findIndex(({ name }) => name === model);
  const { targets, range } = value.models[index] ?? { targets: [] };
  const place = targets.findIndex((each) => idOf(each, range) === target);
  const list = document.getIn(['models', index, 'targets']);
  const node = isSeq(list) ? list.items[place] : undefined;
  if (!isSeq(list) || !(isMap(node) || isScalar(node))) throw byHand(fileName);
  return { node, isFlow: list.flow === true };
}

function editsOf(
  text: string,
  { node, isFlow }: TargetNode,
  keys: readonly TargetKey[],
  fileName: string,
): Edit[] {
  if (isScalar(node)) return [asMap(text, node, isFlow, keys)];
  const values = new Map(node.items.map((item) => [keyOf(item), item.value]));
  const fresh = keys.filter(({ key }) => !values.has(key)).map(keyText);
  const changed = keys.flatMap((each) => {
    const value = values.get(each.key);
    if (!values.has(each.key)) return [];
    if (each.key === 'recipe' && isSeq(value))
      return isDeepStrictEqual(value.toJSON(), each.steps) ? [] : [replacedItems(text, value, each.steps)];
    if ('value' in each && isScalar(value))
      return value.value === each.value ? [] : [replacement(value, each.value)];
    if (!('entries' in each) || !isMap(value)) throw byHand(fileName);
    return entryEdits(text, value, each.entries, fileName);
  });
  return [...(fresh.length > 0 ? [insertion(text, node, fresh)] : []), ...changed];
}

/** A target that is a chip alone becomes a map. */
function asMap(text: string, { value, range }: Scalar, isFlow: boolean, keys: readonly TargetKey[]): Edit {
  const [start, end] = range!;
  const texts = keys.map(keyText);
  if (isFlow) return { start, end, text: `{ chip: ${value}, ${texts.map(({ flow }) => flow).join(', ')} }` };
  const indent = indentOf(text, start);
  // A comment behind the chip stays behind it.
  const [rest] = /^[^\r\n]*/.exec(text.slice(end))!;
  const below = texts.flatMap(({ block }) => block).map((line) => `${indent}${line}`);
  return { start, end: end + rest.length, text: [`chip: ${value}${rest}`, ...below].join(newlineOf(text)) };
}

/** New entries of a map, and new values of those that it has. */
function entryEdits(text: string, map: YAMLMap, entries: readonly Entry[], fileName: string): Edit[] {
  const known = new Map(map.items.map((item) => [keyOf(item), item.value]));
  const fresh = entries.filter(({ name }) => !known.has(name)).map((each) => styled(entryLine(each)));
  const changed = entries.filter(({ name }) => known.has(name));
  return [
    ...(fresh.length > 0 ? [insertion(text, map, fresh)] : []),
    ...changed.flatMap(({ name, values }) => valueEdits(text, known.get(name), values, fileName)),
  ];
}

/** Values one by one, so that comments between them stay; all at once where some are to go. */
function valueEdits(text: string, value: unknown, values: Entry['values'], fileName: string): Edit[] {
  if (!isMap(value)) throw byHand(fileName);
  const known = new Map(value.items.map((item) => [keyOf(item) ?? '', item.value]));
  if ([...known.keys()].some((key) => !Object.hasOwn(values, key)))
    return [replacement(value, valuesText(values))];
  const all = Object.entries(values);
  const fresh = all.filter(([key]) => !known.has(key)).map(([key, each]) => styled(`${key}: ${each}`));
  const changed = all.filter(([key]) => known.has(key));
  return [
    ...(fresh.length > 0 ? [insertion(text, value, fresh)] : []),
    ...changed.map(([key, each]) => {
      const scalar = known.get(key);
      if (!isScalar(scalar)) throw byHand(fileName);
      return replacement(scalar as Node, String(each));
    }),
  ];
}

function styled(line: string) {
  return { flow: line, block: [line] };
}
