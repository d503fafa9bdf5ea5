import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.ts';
import { plainJson } from '../plain.ts';
import type { Report } from './report-schema.ts';

/** Where the page has its data: what `html/` renders them with is built into the rest of it. */
const PLACE = '<script id="report" type="application/json"></script>';

/** From a chunk of dist/ as from here, the folder of the package is two above. */
const TEMPLATE = new URL('../../dist/report.html', import.meta.url);

/**
 * `report.html`: the report as one page that needs no network and no server.
 *
 * @throws UserError when the package lacks the page
 */
export async function renderPage(report: Report): Promise<string> {
  return filledPage(await readTemplate(), report);
}

async function readTemplate(): Promise<string> {
  try {
    return await readFile(TEMPLATE, 'utf8');
  } catch (error) {
    throw new UserError(`quantgate lacks dist/report.html (${messageOf(error)}): install it again`);
  }
}

/** A page with a report in it, of which no text ends the script that holds it. */
export function filledPage(template: string, report: Report): string {
  const [before, after] = template.split(PLACE);
  const json = plainJson(JSON.stringify(report)).replaceAll('<', '\\u003c');
  return `${before}${PLACE.replace('></', () => `>${json}</`)}${after}`;
}
