import { readFile, realpath, stat } from 'node:fs/promises';
import { applyChanges, type ChangesByTarget } from '../config/apply-changes.ts';
import { changesWords } from '../config/changes-words.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/load-config.ts';
import { renamedTargets } from '../config/renamed-targets.ts';
import { nearest } from '../config/suggest.ts';
import { messageOf, UserError } from '../errors.ts';
import type { ApplyOption } from '../report/applicable.ts';
import { writeWhole } from '../write-whole.ts';
import { idsNamed } from './ids-named.ts';

/**
 * The id of a target that is asked for by any name of its chip.
 *
 * @throws UserError for a target that no model of the config has, naming the closest, and for a name of several
 */
export function targetAsked<T extends ApplyOption>(apply: T, { models }: Config): T {
  if (apply === true) return apply;
  const all = models.flatMap(({ targets }) => targets);
  const [id, ...others] = idsNamed(apply, all);
  if (others.length > 0)
    throw new UserError(`--apply ${apply} means ${[id, ...others].join(', ')}: name one`);
  if (id !== undefined) return id as T;
  const known = [...new Set(all.map((target) => target.id))];
  const similar = nearest(apply, known);
  const hint = similar === undefined ? `use ${known.join(', ')}` : `did you mean ${similar}?`;
  throw new UserError(`--apply ${apply} is no target of a model: ${hint}`);
}

/**
 * Writes changes into the config file, which appears whole or stays as it was, also behind a symbolic link.
 *
 * @param before the text that the run read
 * @returns what was written, in words
 * @throws UserError if the file says something else by now, cannot be written, or would not be valid
 */
export async function applyToFile(path: string, before: string, changes: ChangesByTarget): Promise<string[]> {
  if (changes.size === 0) return ['nothing to write: no measured change keeps the budgets or is suggested'];
  const after = applyChanges(before, changes, path);
  const renamed = renamedTargets(parseConfig(before, path), parseConfig(after, path));
  try {
    const file = await realpath(path);
    if ((await readFile(file, 'utf8')) !== before)
      throw new UserError(`${path} has changed during the run: run again`);
    await writeWhole(file, after, (await stat(file)).mode);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path} cannot be written (${messageOf(error)}): paste the block of report.html by hand`,
    );
  }
  return [...changes].flatMap(([model, targets]) =>
    [...targets].map(([target, each]) => {
      const id = renamed.get(model)?.get(target);
      const now = id === undefined ? '' : `, the target is ${id} now`;
      return `${changesWords(each)} of ${model} on ${target} written: run again to judge with it${now}`;
    }),
  );
}
