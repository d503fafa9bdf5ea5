import type { Config } from '../config/config.ts';
import { nearest } from '../config/suggest.ts';
import { UserError } from '../errors.ts';
import { count, listed } from '../words/counts.ts';
import { idsNamed } from './ids-named.ts';

/** What of a configuration is meant; all of it where nothing is named. */
export interface PartOptions {
  readonly model?: readonly string[];
  readonly target?: readonly string[];
}

/** Names that a line has room for. */
const MOST_NAMES = 8;

/**
 * The configuration with the models and targets alone that are named; the name of a chip means all of its targets where none
 * has that id.
 *
 * @throws UserError for a name that is not there, with those that are
 */
export function chosenPart(config: Config, { model, target }: PartOptions): Config {
  const names = config.models.map(({ name }) => name);
  for (const each of model ?? []) if (!names.includes(each)) throw unknown('--model', each, names);
  const models = config.models.filter(({ name }) => model === undefined || model.includes(name));
  const all = models.flatMap(({ targets }) => targets);
  const wanted = target?.flatMap((name) => {
    const ids = idsNamed(name, all);
    if (ids.length === 0) throw unknown('--target', name, [...new Set(all.map(({ id }) => id))]);
    return ids;
  });
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

function unknown(option: string, given: string, known: readonly string[]): UserError {
  const similar = nearest(given, known);
  const there = firstOf(known);
  const hint = similar === undefined ? `use ${there}` : `did you mean ${similar}? There are ${there}`;
  return new UserError(`${option} ${given} is not in the configuration: ${hint}`);
}
