import { isDeepStrictEqual } from 'node:util';
import { isSeq } from 'yaml';
import { UserError } from '../errors.ts';
import { parseYaml, readYaml } from './yaml.ts';
import { addedItems, withEdits } from './yaml-edits.ts';

/**
 * Writes further models at the end of those of a valid `quantgate.yml`. Everything else, comments and layout included, stays
 * to the letter.
 *
 * @param models the lines of each, without their indent
 * @throws UserError where an anchor or a rare layout is in the way: they have to be pasted by hand then
 */
export function addModels(
  text: string,
  models: readonly (readonly string[])[],
  fileName = 'quantgate.yml',
): string {
  const { document } = parseYaml(text, fileName);
  const list = document.get('models');
  const before = readYaml(text, fileName).value as { readonly models: readonly unknown[] };
  if (isSeq(list) && !list.flow && list.items.length > 0) {
    const added = withEdits(text, [addedItems(text, list, models)]);
    const values = models.map((lines) => readYaml(lines.join('\n'), fileName).value);
    const expected = { ...before, models: [...before.models, ...values] };
    if (says(added, expected, fileName)) return added;
  }
  throw new UserError(
    `${fileName}: models cannot be added between its anchors, aliases or unusual layout: write "models:" with a line "- name: …" for each`,
  );
}

function says(text: string, expected: unknown, fileName: string): boolean {
  try {
    return isDeepStrictEqual(readYaml(text, fileName).value, expected);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
