import { Document, Scalar, type YAMLMap } from 'yaml';
import type { Granularity, RangeChoice } from '../targets/target.ts';
import type { Pin } from './pins.ts';
import type { RepairStep } from './repair-steps.ts';
import type { LayerPrecision, LayerPrecisions } from './target-id.ts';

/** What is to be said of a target in `quantgate.yml`; what is left out or empty stays as it is. */
export interface TargetChanges {
  /** Whether weights have one scale a channel or one a tensor. */
  readonly weights?: Granularity;
  /** How ranges are chosen. */
  readonly range?: RangeChoice;
  /** At most one for each tensor; others that the target pins stay. */
  readonly pins: readonly Pin[];
  /** In place of the recipe that the target has. */
  readonly recipe?: readonly RepairStep[];
  /** Each in place of what the target says of that layer; others stay. */
  readonly layers?: LayerPrecisions;
}

/** A key of a target with what is to stand behind it. */
export type TargetKey =
  | { readonly key: 'weights' | 'range'; readonly value: string }
  | { readonly key: 'recipe'; readonly steps: readonly string[] }
  | { readonly key: 'layers' | 'ranges'; readonly entries: readonly Entry[] };

/** An entry of `layers:` or `ranges:`. */
export interface Entry {
  readonly name: string;
  readonly values: Readonly<Record<string, number | boolean>>;
}

/** The same text between brackets and as lines of a block. */
export interface Styled {
  readonly flow: string;
  readonly block: readonly string[];
}

/** The keys that changes are written to, in the order in which they are new. */
export function keysOf({
  weights,
  range,
  pins,
  recipe = [],
  layers = new Map(),
}: TargetChanges): TargetKey[] {
  const given = [...layers].map(([name, layer]) => ({ name, values: layerValues(layer) }));
  const ranges = pins.map(({ tensor, alpha, beta }) => ({ name: tensor, values: { alpha, beta } }));
  return [
    ...(weights === undefined ? [] : [{ key: 'weights', value: weights } as const]),
    ...(range === undefined ? [] : [{ key: 'range', value: range } as const]),
    ...(recipe.length > 0 ? [{ key: 'recipe', steps: recipe } as const] : []),
    ...(given.length > 0 ? [{ key: 'layers', entries: given } as const] : []),
    ...(ranges.length > 0 ? [{ key: 'ranges', entries: ranges } as const] : []),
  ];
}

function layerValues({ activationBits, weightBits, float }: LayerPrecision): Entry['values'] {
  return {
    ...(activationBits !== undefined && { 'activation-bits': activationBits }),
    ...(weightBits !== undefined && { 'weight-bits': weightBits }),
    ...(float && { float }),
  };
}

/** `recipe: [round]`, `range: kl`, or `ranges:` with an entry on each line below it. */
export function keyText(given: TargetKey): Styled {
  if (!('entries' in given)) {
    const line = `${given.key}: ${given.key === 'recipe' ? `[${given.steps.join(', ')}]` : given.value}`;
    return { flow: line, block: [line] };
  }
  const lines = given.entries.map(entryLine);
  return {
    flow: `${given.key}: { ${lines.join(', ')} }`,
    block: [`${given.key}:`, ...lines.map((line) => `  ${line}`)],
  };
}

/** `"conv1/relu": { alpha: 0, beta: 5.2 }`: on one line, whatever the name. */
export function entryLine({ name, values }: Entry): string {
  return `${quoted(name)}: ${valuesText(values)}`;
}

/** `{ alpha: 0, beta: 5.2 }` */
export function valuesText(values: Entry['values']): string {
  const document = new Document(values);
  (document.contents as unknown as YAMLMap).flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** The keys of a target in `quantgate.yml`, ready to be pasted. */
export function changesYaml(changes: TargetChanges): string {
  return keysOf(changes)
    .flatMap((each) => keyText(each).block)
    .join('\n');
}

/** An entry of `targets:` for a chip that has nothing but its defaults, with these keys. */
export function targetYaml(chip: string, changes: TargetChanges): string {
  const lines = [`chip: ${chip}`, ...changesYaml(changes).split('\n')];
  return lines.map((line, i) => `${i === 0 ? '- ' : '  '}${line}`).join('\n');
}

/** In double quotes; what draws nothing or changes the order of other characters is written as an escape. */
function quoted(name: string): string {
  const scalar = new Scalar(name);
  scalar.type = 'QUOTE_DOUBLE';
  const text = new Document(scalar).toString({ lineWidth: 0, doubleQuotedAsJSON: true }).trimEnd();
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
