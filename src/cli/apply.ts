import { readFile, realpath, stat } from 'node:fs/promises';
import { applyRanges } from '../config/apply-ranges.ts';
import type { Config } from '../config/config.ts';
import type { Pin } from '../config/pins.ts';
import { nearest } from '../config/suggest.ts';
import { messageOf, quote, UserError } from '../errors.ts';
import type { JudgedTarget, ModelReport, Report } from '../report/schema.ts';
import { writeWhole } from '../report/write.ts';
import { rangeText } from '../words.ts';

/** What `--apply` says: the target whose suggestions count, or true where all targets have to agree. */
export type ApplyOption = string | true;

/** Throws UserError for a target that no model of the config has, naming the closest. */
export function checkApply(apply: ApplyOption, { models }: Config): void {
  const known = models.flatMap(({ targets }) => targets.map(({ id }) => id));
  if (apply === true || known.includes(apply)) return;
  const similar = nearest(apply, known);
  const hint = similar === undefined ? `use ${[...new Set(known)].join(', ')}` : `did you mean ${similar}?`;
  throw new UserError(`--apply ${apply} is no target of a model: ${hint}`);
}

/** Ranges to be written into `quantgate.yml`, by model name, and why others are not. */
export interface Applicable {
  readonly pins: ReadonlyMap<string, readonly Pin[]>;
  readonly left: readonly string[];
}

/**
 * The suggested ranges that may be pinned. A pin holds for all targets of a model, so a range is taken if every target
 * suggests that very range, or if the target that suggests it was named by the user.
 */
export function applicable({ models }: Pick<Report, 'models'>, apply: ApplyOption): Applicable {
  const pins = new Map<string, Pin[]>();
  const left: string[] = [];
  for (const model of models) {
    const sources = apply === true ? model.targets : model.targets.filter(({ target }) => target === apply);
    const suggested = sources.map((target) => new Map(changesOf(target).map((c) => [c.tensor, c])));
    for (const tensor of new Set(suggested.flatMap((changes) => [...changes.keys()]))) {
      const all = suggested.map((changes) => changes.get(tensor));
      const [first] = all;
      if (first !== undefined && all.every((c) => c?.alpha === first.alpha && c.beta === first.beta)) {
        pins.set(model.name, [...(pins.get(model.name) ?? []), first]);
      } else left.push(disagreement(model, tensor));
    }
  }
  return { pins, left };
}

function changesOf(
  target: ModelReport['targets'][number],
): NonNullable<JudgedTarget['suggestion']>['changes'] {
  return target.verdict === 'error' ? [] : (target.suggestion?.changes ?? []);
}

function disagreement({ name, targets }: ModelReport, tensor: string): string {
  const each = targets.map((target) => {
    const change = changesOf(target).find((c) => c.tensor === tensor);
    return `${target.target} suggests ${change === undefined ? 'none' : rangeText(change)}`;
  });
  return `${name}: the range of ${quote(tensor)} was not written, as targets differ (${each.join(', ')}): name one with --apply <target>`;
}

/** What was written, in words. */
export function appliedLines(pins: Applicable['pins'], file: string): string[] {
  if (pins.size === 0) return [`${file}: no ranges to write`];
  return [...pins].map(([model, each]) => {
    const ranges = each.length === 1 ? '1 range' : `${each.length} ranges`;
    return `${file}: ${ranges} of ${model} written: run again to judge with them`;
  });
}

/**
 * Writes ranges into the config file, which appears whole or stays as it was, also behind a symbolic link.
 *
 * @param before the text that the run read
 * @throws UserError if the file says something else by now, or cannot be written
 */
export async function applyToFile(path: string, before: string, pins: Applicable['pins']): Promise<void> {
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
