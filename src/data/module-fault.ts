import { pathToFileURL } from 'node:url';
import { messageOf, printable } from '../errors.ts';

/**
 * What a module of the user's own threw, on one short line: its kind where JavaScript has one, its words, and the line of the
 * module that it comes from, where that is known: `TypeError: o.y.foo is not a function, at line 3`. Whatever was thrown may
 * throw when it is read.
 *
 * @param path absolute, of the module
 */
export function moduleFault(error: unknown, path: string): string {
  const words = printable(messageOf(error)) || 'without a message';
  try {
    if (!(error instanceof Error)) return words;
    const kind = error.name === 'Error' || error.name === 'UserError' ? '' : `${printable(error.name)}: `;
    const line = lineOf(String(error.stack), path);
    return `${kind}${words}${line === undefined ? '' : `, at line ${line}`}`;
  } catch {
    return words;
  }
}

/** Of the first frame of a stack that is in the file. */
function lineOf(stack: string, path: string): string | undefined {
  for (const place of [pathToFileURL(path).href, path]) {
    const at = stack.indexOf(`${place}:`);
    const line = at < 0 ? undefined : /^\d{1,7}/.exec(stack.slice(at + place.length + 1))?.[0];
    if (line !== undefined) return line;
  }
  return undefined;
}
