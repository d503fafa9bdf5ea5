import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { moduleFault } from '../../data/module-fault.ts';
import { quote, UserError } from '../../errors.ts';
import { issueOf } from '../../json.ts';
import type { Outputs } from '../metric.ts';
import type { Detection } from './detection.ts';

const number = z.number();
const schema = z
  .array(z.object({ class: z.int(), score: number, box: z.tuple([number, number, number, number]) }))
  .max(100_000);

/** What the default export of a user's module makes of the outputs of one sample. */
export type Decode = (outputs: Outputs, names: readonly string[]) => readonly Detection[];

/**
 * The decoder of a user's module: `export default (outputs, names) => [{ class, score, box: [x1, y1, x2, y2] }]`, with all
 * suppression done. This runs code of that file: load it only from a trusted commit.
 *
 * @param name for messages
 * @throws UserError that names the file when its code throws or its export is none
 */
export async function loadDecode(path: string, name: string): Promise<Decode> {
  const loaded: { default?: unknown } = await import(pathToFileURL(path).href).catch((error) => {
    throw new UserError(`module ${name} does not load (${moduleFault(error, path)}): correct it`);
  });
  const decode = loaded.default;
  if (typeof decode !== 'function') throw new UserError(`module ${name} must export a function as default`);
  return (outputs, names) => {
    let made: unknown;
    try {
      made = decode(outputs, names);
    } catch (error) {
      throw new UserError(
        `module ${name} fails (${moduleFault(error, path)}): correct it; the outputs are ${names.map(quote).join(', ')}`,
      );
    }
    const { data, error } = schema.safeParse(made);
    if (data === undefined) throw new UserError(`module ${name}: ${issueOf(error, 'detections')}`);
    return data;
  };
}
