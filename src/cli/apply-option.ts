import { readFile, realpath, stat } from 'node:fs/promises';
import { applyRanges, type PinsByTarget } from '../config/apply-ranges.ts';
import type { Config } from '../config/config.ts';
import { nearest } from '../config/suggest.ts';
import { messageOf, UserError } from '../errors.ts';
import type { ApplyOption } from '../report/applicable.ts';
import { writeWhole } from '../report/write.ts';

/** @throws UserError for a target that no model of the config has, naming the closest */
export function checkApply(apply: ApplyOption, { models }: Config): void {
  const known = models.flatMap(({ targets }) => targets.map(({ id }) => id));
  if (apply === true || known.includes(apply)) return;
  const similar = nearest(apply, known);
  const hint = similar === undefined ? `use ${[...new Set(known)].join(', ')}` : `did you mean ${similar}?`;
  throw new UserError(`--apply ${apply} is no target of a model: ${hint}`);
}

/** What was written, in words. */
export function appliedLines(pins: PinsByTarget, file: string): string[] {
  if (pins.size === 0) return [`${file}: no ranges to write`];
  return [...pins].flatMap(([model, targets]) =>
    [...targets].map(([target, each]) => {
      const ranges = each.length === 1 ? '1 range' : `${each.length} ranges`;
      return `${file}: ${ranges} of ${model} on ${target} written: run again to judge with them`;
    }),
  );
}

/**
 * Writes ranges into the config file, which appears whole or stays as it was, also behind a symbolic link.
 *
 * @param before the text that the run read
 * @throws UserError if the file says something else by now, or cannot be written
 */
export async function applyToFile(path: string, before: string, pins: PinsByTarget): Promise<void> {
  try {
    const file = await realpath(path);
    if ((await readFile(file, 'utf8')) !== before)
      throw new UserError(`${path} has changed during the run: run again`);
    await writeWhole(file, applyRanges(before, pins, path), (await stat(file)).mode);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path} cannot be written (${messageOf(error)}): paste the block of report.md by hand`,
    );
  }
}
