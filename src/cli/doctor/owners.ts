import { posix } from 'node:path';
import ignore from 'ignore';
import { printable } from '../../errors.ts';
import type { DoctorFinding } from './finding.ts';
import type { Guarded } from './guarded.ts';

/** Where GitHub looks for the file; the first there is counts. */
export const OWNERS_FILES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/** A longer pattern becomes no regular expression, and one with more wildcards may match for ever. */
const LONGEST_PATTERN = 1024;
const MOST_WILDCARDS = 4;

/**
 * @param text of a CODEOWNERS file; undefined if there is none
 * @param fileName for messages
 * @param guarded what decides on what the gate demands
 */
export function examineOwners(
  text: string | undefined,
  fileName: string,
  guarded: readonly Guarded[],
): DoctorFinding[] {
  const lines = (text ?? '').split('\n').map(entryOf);
  const excessive = lines.flatMap((entry, index) => {
    if (entry === undefined || !isExcessive(entry)) return [];
    return {
      where: `${fileName}:${index + 1}`,
      what: `the pattern has more than ${LONGEST_PATTERN} characters or ${MOST_WILDCARDS} wildcards, so that it is not read`,
      remedy: 'write it simpler',
    };
  });
  if (excessive.length > 0) return excessive.slice(0, 1);
  const entries = lines
    .flatMap((entry) => entry ?? [])
    .map((entry) => ({ ...entry, matches: matcherOf(entry.pattern) }));
  // The last line that matches a path decides, and one without owners takes them away.
  const isOwned = (path: string) =>
    (entries.findLast(({ matches }) => matches(path))?.owners ?? []).length > 0;
  return guarded.flatMap(({ path, files }) => {
    const file = files.find((each) => ignore.isPathValid(each) && !isOwned(each));
    if (file === undefined) return [];
    return {
      where: fileName,
      what: `${printable(file)} has no owner, so a pull request can loosen its own gate`,
      remedy: `add "/${printable(path).replaceAll(' ', '\\ ')} @team" to ${fileName} and require reviews of code owners`,
    };
  });
}

interface Entry {
  readonly pattern: string;
  readonly owners: readonly string[];
}

const OWNER = /^(@[\w-]+(\/[\w.-]+)?|[^@\s]+@[^@\s]+)$/;

/** A line of a CODEOWNERS file; undefined where GitHub skips it. */
function entryOf(line: string): Entry | undefined {
  const [pattern, ...owners] = line
    .replace(/(^|\s)#.*$/, '')
    .trim()
    .split(/(?<!\\)\s+/);
  // Unlike .gitignore it has no negation and no character ranges.
  if (!pattern || /^!|\[/.test(pattern) || !owners.every((owner) => OWNER.test(owner))) return undefined;
  return { pattern, owners };
}

function isExcessive({ pattern }: Entry): boolean {
  return pattern.length > LONGEST_PATTERN || (pattern.match(/\*+/g) ?? []).length > MOST_WILDCARDS;
}

function matcherOf(pattern: string): (path: string) => boolean {
  const rule = ignore({ ignorecase: false }).add(pattern);
  // Unlike in .gitignore, what "docs/*" matches are the files of the folder, not those of its folders.
  if (pattern.endsWith('/*'))
    return (path) =>
      rule.ignores(path) && (posix.dirname(path) === '.' || !rule.ignores(posix.dirname(path)));
  return (path) => rule.ignores(path);
}
