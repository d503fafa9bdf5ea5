import ignore from 'ignore';
import type { DoctorFinding } from './finding.ts';

/** Where GitHub looks for the file; the first there is counts. */
export const OWNERS_FILES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/**
 * @param text of a CODEOWNERS file; undefined if there is none
 * @param fileName for messages
 * @param guarded paths of the files that decide what the gate demands
 */
export function examineOwners(
  text: string | undefined,
  fileName: string,
  guarded: readonly string[],
): DoctorFinding[] {
  const lines = (text ?? '').split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  const entries = lines.filter((line) => line !== '').map((line) => line.split(/\s+/));
  // The last line that matches a path decides, and one without owners takes them away.
  const ownersOf = (path: string) =>
    entries.findLast(([pattern]) => ignore().add(pattern!).ignores(path))?.slice(1) ?? [];
  return guarded
    .filter((path) => ownersOf(path).length === 0)
    .map((path) => ({
      where: fileName,
      what: `${path} has no owner, so a pull request can loosen its own gate`,
      remedy: `add "/${path} @team" to ${fileName} and require reviews of code owners`,
    }));
}
