import { posix } from 'node:path';
import ignore from 'ignore';
import type { DoctorFinding } from './finding.ts';
import type { Guarded } from './guarded.ts';

/** Where GitHub looks for the file; the first there is counts. */
export const OWNERS_FILES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

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
  const entries = entriesOf(text ?? '');
  // The last line that matches a path decides, and one without owners takes them away.
  const isOwned = (path: string) =>
    (entries.findLast(({ matches }) => matches(path))?.owners ?? []).length > 0;
  return guarded.flatMap(({ path, files }) => {
    const file = files.find((each) => !isOwned(each));
    if (file === undefined) return [];
    return {
      where: fileName,
      what: `${file} has no owner, so a pull request can loosen its own gate`,
      remedy: `add "/${path.replaceAll(' ', '\\ ')} @team" to ${fileName} and require reviews of code owners`,
    };
  });
}

const OWNER = /^(@[\w-]+(\/[\w.-]+)?|[^@\s]+@[^@\s]+)$/;

/** The lines of a CODEOWNERS file that GitHub does not skip. */
function entriesOf(text: string) {
  return text.split('\n').flatMap((line) => {
    const [pattern, ...owners] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/(?<!\\)\s+/);
    // Unlike .gitignore it has no negation and no character ranges.
    if (!pattern || /^!|\[/.test(pattern) || !owners.every((owner) => OWNER.test(owner))) return [];
    return { owners, matches: matcherOf(pattern) };
  });
}

function matcherOf(pattern: string): (path: string) => boolean {
  const rule = ignore({ ignorecase: false }).add(pattern);
  // Unlike in .gitignore, what "docs/*" matches are the files of the folder, not those of its folders.
  if (pattern.endsWith('/*'))
    return (path) =>
      rule.ignores(path) && (posix.dirname(path) === '.' || !rule.ignores(posix.dirname(path)));
  return (path) => rule.ignores(path);
}
