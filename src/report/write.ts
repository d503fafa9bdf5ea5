import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { makeFolder, makeOwnFolder } from '../make-folder.ts';
import { plainJson, plainLines } from '../plain.ts';
import { writeWhole } from '../write-whole.ts';
import { renderPage } from './html-page.ts';
import { renderMarkdown } from './markdown.ts';
import { parseReport } from './parse.ts';
import type { Report } from './report-schema.ts';

/**
 * Writes `report.json` (keys in the order of the schema), `report.md` and `report.html` into `folder`, which it makes if
 * needed. Each file appears whole or not at all.
 *
 * @throws UserError when the folder cannot be written or the report is not valid
 */
export async function writeReport(folder: string, report: Report): Promise<void> {
  const checked = parseReport(report);
  const page = await renderPage(checked);
  try {
    await makeFolder(folder);
    await writeWhole(join(folder, 'report.json'), `${plainJson(reportJson(checked))}\n`);
    await writeWhole(join(folder, 'report.md'), plainLines(renderMarkdown(checked)));
    await writeWhole(join(folder, 'report.html'), page);
  } catch (error) {
    throw new UserError(
      `${folder} cannot be written: ${messageOf(error)}: give another folder for the report`,
    );
  }
}

/** Lists of numbers stand on one line. */
function reportJson(report: Report): string {
  return JSON.stringify(report, null, 2).replace(
    NUMBERS,
    (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`,
  );
}

/** No text of JSON has line ends in it, so this matches nothing within one. */
const NUMBERS = /\[\n\s+(-?\d[\d.eE+-]*(?:,\n\s+-?\d[\d.eE+-]*)*)\n\s+\]/g;

/**
 * Writes one file below `folder`, whole or not at all.
 *
 * @throws UserError when it cannot be written, or a link below the folder leads elsewhere
 */
export async function writeBelow(folder: string, path: string, content: string | Uint8Array): Promise<void> {
  try {
    await makeOwnFolder(folder, dirname(join(folder, path)));
    await writeWhole(join(folder, path), content);
  } catch (error) {
    throw new UserError(
      `${path} cannot be written below ${folder} (${messageOf(error)}): give another folder for the report`,
    );
  }
}
