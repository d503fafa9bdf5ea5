import type { Config } from '../config/config.ts';
import { nearest } from '../config/suggest.ts';
import { UserError } from '../errors.ts';
import { canonicalId } from '../targets/chip-names.ts';
import { count, listed } from '../words/counts.ts';

/** What of a configuration is meant; all of it where nothing is named. */
export interface PartOptions {
  readonly model?: readonly string[];
  readonly target?: readonly string[];
}

/** Names that a line has room for. */
const MOST_NAMES = 8;

/**
 * The configuration with the models and targets alone that are named, a target by any name of its chip.
 *
 * @throws UserError for a name that is not there, with those that are
 */
export function chosenPart(config: Config, { model, target }: PartOptions): Config {
  const wanted = target?.map(canonicalId);
  const names = config.models.map(({ name }) => name);
  for (const each of model ?? []) refuseUnknown('--model', each, each, names);
  const models = config.models.filter(({ name }) => model === undefined || model.includes(name));
  const ids = [...new Set(models.flatMap(({ targets }) => targets.map(({ id }) => id)))];
  for (const [i, each] of (target ?? []).entries()) refuseUnknown('--target', each, wanted![i], ids);
  return {
    ...config,
    models: models.flatMap((each) => {
      const targets = each.targets.filter(({ id }) => wanted === undefined || wanted.includes(id));
      return targets.length === 0 ? [] : [{ ...each, targets }];
    }),
  };
}

/** That a verdict is that of a part, and what was not measured, in words; undefined where all was. */
export function partWarning(whole: Config, part: Config): string | undefined {
  const chosen = new Set(targetsOf(part));
  const all = targetsOf(whole);
  const left = all.filter((name) => !chosen.has(name));
  if (left.length === 0) return undefined;
  return `this is the verdict of a part, ${count(chosen.size)} of ${count(all.length)} targets, as --model and --target ask: nothing was measured of ${firstOf(left)}`;
}

function targetsOf({ models }: Config): string[] {
  return models.flatMap(({ name, targets }) => targets.map(({ id }) => `${name} on ${id}`));
}

function firstOf(names: readonly string[]): string {
  const left = names.length - MOST_NAMES;
  return listed([...names.slice(0, MOST_NAMES), ...(left > 0 ? [`${count(left)} more`] : [])]);
}

function refuseUnknown(option: string, given: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const similar = nearest(given, known);
  const there = firstOf(known);
  const hint = similar === undefined ? `use ${there}` : `did you mean ${similar}? There are ${there}`;
  throw new UserError(`${option} ${given} is not in the configuration: ${hint}`);
}
