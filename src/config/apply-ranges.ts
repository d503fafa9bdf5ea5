import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { UserError } from '../errors.ts';
import { type Pin, pinLines } from './pins.ts';
import { parseYaml, readYaml } from './yaml.ts';

/** Text that replaces what stands from `start` to `end` of the file. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Writes ranges into `ranges:` of models of a valid `quantgate.yml`. Everything else, comments and layout included,
 * stays to the letter; a tensor that is pinned already gets its new numbers in place of the old.
 *
 * @param pins by model name, at most one for each tensor
 * @throws UserError where an anchor, an alias or a rare layout is in the way: the block has to be pasted by hand then
 */
export function applyRanges(
  text: string,
  pins: ReadonlyMap<string, readonly Pin[]>,
  fileName = 'quantgate.yml',
): string {
  const expected = withRanges(readYaml(text, fileName).value, pins);
  const edits = [...pins].flatMap(([model, each]) =>
    each.length === 0 ? [] : editsOf(text, model, each, fileName),
  );
  const applied = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((before, { start, end, text }) => before.slice(0, start) + text + before.slice(end), text);
  if (!saysExactly(applied, expected, fileName)) throw byHand(fileName);
  return applied;
}

interface ConfigValue {
  readonly models: readonly { readonly name: string; readonly ranges?: object }[];
}

function withRanges(value: unknown, pins: ReadonlyMap<string, readonly Pin[]>): unknown {
  const config = value as ConfigValue;
  const models = config.models.map((model) => {
    const added = (pins.get(model.name) ?? []).map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]);
    return added.length === 0
      ? model
      : { ...model, ranges: { ...model.ranges, ...Object.fromEntries(added) } };
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

function editsOf(text: string, model: string, pins: readonly Pin[], fileName: string): Edit[] {
  const map = modelMap(text, model, fileName);
  const ranges = map.items.find((item) => keyOf(item) === 'ranges');
  if (ranges === undefined) return [insertion(text, map, pinLines(pins), 'ranges')];
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

function modelMap(text: string, model: string, fileName: string): YAMLMap {
  const models = parseYaml(text, fileName).document.get('models');
  const found = isSeq(models)
    ? models.items.find((each) => isMap(each) && each.get('name') === model)
    : undefined;
  if (!isMap(found)) throw byHand(fileName);
  return found;
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
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
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
