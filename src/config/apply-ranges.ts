import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { UserError } from '../errors.ts';
import type { Chip } from '../targets/index.ts';
import type { RangeChoice } from '../targets/target.ts';
import { type Pin, pinLines } from './pins.ts';
import { DEFAULT_RANGE, type TargetInput, targetId } from './target-id.ts';
import { parseYaml, readYaml } from './yaml.ts';

/** Text that replaces what stands from `start` to `end` of the file. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Ranges to be pinned, by model name and target id; at most one for each tensor. */
export type PinsByTarget = ReadonlyMap<string, ReadonlyMap<string, readonly Pin[]>>;

/**
 * Writes ranges into `ranges:` of targets of a valid `quantgate.yml`. Everything else, comments and layout included,
 * stays to the letter; a tensor that a target pins already gets its new numbers in place of the old.
 *
 * @throws UserError where an anchor, an alias or a rare layout is in the way: the block has to be pasted by hand then
 */
export function applyRanges(text: string, pins: PinsByTarget, fileName = 'quantgate.yml'): string {
  const expected = withRanges(readYaml(text, fileName).value, pins);
  const edits = [...pins].flatMap(([model, targets]) =>
    [...targets].flatMap(([target, each]) =>
      each.length === 0 ? [] : editsOf(text, targetNode(text, { model, target }, fileName), each, fileName),
    ),
  );
  const applied = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((before, { start, end, text }) => before.slice(0, start) + text + before.slice(end), text);
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

/** A target as it is written, without its defaults. */
type RawTarget = Chip | (Partial<Exclude<TargetInput, Chip>> & { readonly chip: Chip });

function idOf(target: RawTarget, fallback: RangeChoice = DEFAULT_RANGE): string {
  const bits = { 'weight-bits': 8, 'activation-bits': 8 };
  return targetId(typeof target === 'string' ? target : { ...bits, ...target }, fallback);
}

function withRanges(value: unknown, pins: PinsByTarget): unknown {
  const config = value as ConfigValue;
  const models = config.models.map((model) => {
    const targets = model.targets.map((target) => {
      const added = pins.get(model.name)?.get(idOf(target, model.range)) ?? [];
      if (added.length === 0) return target;
      const own = typeof target === 'string' ? { chip: target } : target;
      const fresh = added.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]);
      const ranges = { ...('ranges' in own ? own.ranges : {}), ...Object.fromEntries(fresh) };
      return { ...own, ranges };
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
    `${fileName}: ranges cannot be written between its anchors, aliases or unusual layout: paste the block of report.md by hand`,
  );
}

/** The entry of a target in the file: a chip, or a map. */
interface TargetNode {
  readonly node: Scalar | YAMLMap;
  /** Whether it stands in `[…]`. */
  readonly isFlow: boolean;
}

function editsOf(text: string, { node, isFlow }: TargetNode, pins: readonly Pin[], fileName: string): Edit[] {
  if (isScalar(node)) return [asMap(text, node, isFlow, pins)];
  const ranges = node.items.find((item) => keyOf(item) === 'ranges');
  if (ranges === undefined) return [insertion(text, node, pinLines(pins), 'ranges')];
  if (!isMap(ranges.value)) throw byHand(fileName);
  const block = ranges.value;
  const pinned = new Map(block.items.map((item) => [keyOf(item), item.value]));
  const fresh = pins.filter(({ tensor }) => !pinned.has(tensor));
  const changed = pins.filter(({ tensor }) => pinned.has(tensor));
  return [
    ...(fresh.length > 0 ? [insertion(text, block, pinLines(fresh))] : []),
    ...changed.flatMap(({ tensor, alpha, beta }) => {
      const values = pinned.get(tensor);
      if (!isMap(values)) throw byHand(fileName);
      return [replacement(values, 'alpha', alpha, fileName), replacement(values, 'beta', beta, fileName)];
    }),
  ];
}

/** A target that is a chip alone becomes a map with its ranges. */
function asMap(text: string, { value, range }: Scalar, isFlow: boolean, pins: readonly Pin[]): Edit {
  const [start, end] = range!;
  const lines = pinLines(pins);
  if (isFlow) return { start, end, text: `{ chip: ${value}, ranges: { ${lines.join(', ')} } }` };
  const newline = newlineOf(text);
  const indent = ' '.repeat(columnOf(text, start));
  // A comment behind the chip stays behind it.
  const [rest] = /^[^\r\n]*/.exec(text.slice(end))!;
  const block = [`chip: ${value}${rest}`, `${indent}ranges:`, ...lines.map((line) => `${indent}  ${line}`)];
  return { start, end: end + rest.length, text: block.join(newline) };
}

function targetNode(
  text: string,
  { model, target }: { readonly model: string; readonly target: string },
  fileName: string,
): TargetNode {
  const { document } = parseYaml(text, fileName);
  const { value } = readYaml(text, fileName);
  const index = (value as ConfigValue).models.findIndex(({ name }) => name === model);
  const { targets, range } = (value as ConfigValue).models[index] ?? { targets: [] };
  const place = targets.findIndex((each) => idOf(each, range) === target);
  const list = document.getIn(['models', index, 'targets']);
  const node = isSeq(list) ? list.items[place] : undefined;
  if (!isSeq(list) || !(isMap(node) || isScalar(node))) throw byHand(fileName);
  return { node, isFlow: list.flow === true };
}

function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function replacement(values: YAMLMap, key: string, value: number, fileName: string): Edit {
  const scalar = values.get(key, true);
  if (!isScalar(scalar)) throw byHand(fileName);
  const [start, end] = scalar.range!;
  return { start, end, text: String(value) };
}

/** New entries at the end of a map, below a key of their own if one is given, in the style of the map. */
function insertion(text: string, map: YAMLMap, lines: readonly string[], key?: string): Edit {
  const [start, end] = map.range!;
  if (map.flow) {
    const entries = key === undefined ? lines.join(', ') : `${key}: { ${lines.join(', ')} }`;
    return map.items.length === 0
      ? { start, end, text: `{ ${entries} }` }
      : { ...at(endOfLast(map)), text: `, ${entries}` };
  }
  const newline = newlineOf(text);
  const indent = ' '.repeat(columnOf(text, (map.items[0].key as Scalar).range![0]));
  const block =
    key === undefined
      ? lines.map((line) => `${indent}${line}`)
      : [`${indent}${key}:`, ...lines.map((line) => `${indent}  ${line}`)];
  const lineEnd = text.indexOf('\n', Math.max(endOfLast(map) - 1, 0));
  return lineEnd < 0
    ? { ...at(text.length), text: newline + block.join(newline) }
    : { ...at(lineEnd + 1), text: block.join(newline) + newline };
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function at(offset: number) {
  return { start: offset, end: offset };
}

function endOfLast({ items }: YAMLMap): number {
  const { key, value } = items.at(-1) as Pair<Scalar, Scalar | null>;
  return (value ?? key).range![1];
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
