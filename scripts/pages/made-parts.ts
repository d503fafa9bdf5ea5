import { configurationKeys } from './configuration.ts';
import { targetParts } from './targets.ts';

/** The part of a page of docs/ that is made of the sources. */
export interface MadePart {
  /** Below docs/. */
  readonly file: string;
  readonly text: string;
}

export function madeParts(): MadePart[] {
  return [{ file: 'configuration.md', text: configurationKeys() }, ...targetParts()];
}

const BEGIN = '<!-- made by npm run schemas, from here -->';
const END = '<!-- to here -->';

/**
 * A page with another made part.
 *
 * @throws Error where the page does not say where it goes
 */
export function withPart(page: string, text: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`needs the lines "${BEGIN}" and "${END}"`);
  return `${before}${BEGIN}\n\n${text.trim()}\n\n${END}${after}`;
}
