import { checkJson, parseJson } from '../json.ts';
import { type Report, reportSchema } from './report-schema.ts';

const wanted = {
  where: 'report.json',
  what: 'a report of this version of quantgate',
  remedy: 'upload the one that its gate made',
};

/**
 * A report out of JSON that anybody may have written.
 *
 * @throws UserError that names the first thing that is not as in `schema/report.schema.json`, or a verdict that is not
 * the worst of the targets
 */
export function readReport(json: Uint8Array, where = wanted.where): Report {
  return parseJson(json, reportSchema, { ...wanted, where });
}

/**
 * `readReport` of JSON that is parsed.
 *
 * @throws UserError as `readReport`
 */
export function parseReport(value: unknown): Report {
  return checkJson(value, reportSchema, wanted);
}
