import { type Schema, Validator } from '@cfworker/json-schema';
import schema from '../../../schema/report.schema.json' with { type: 'json' };
import { plainLines } from '../../plain.ts';
import type { Report } from '../report-schema.ts';

/** Bytes of a report that is opened. */
export const MAX_REPORT_BYTES = 2 ** 26;

export type ReadReport = { readonly report: Report } | { readonly problem: string };

/** The report that a page came with: what wrote it has checked it. */
export function embeddedReport(json: string): ReadReport {
  return { report: seen(JSON.parse(json)) as Report };
}

export const tooLarge: ReadReport = { problem: `it is larger than ${MAX_REPORT_BYTES} bytes` };

/** A report out of text that anybody may have written, with nothing in it that is not seen. */
export function readReportText(text: string): ReadReport {
  if (text.length > MAX_REPORT_BYTES) return tooLarge;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  const { version } = (value ?? {}) as { version?: unknown };
  if (version !== 1)
    return { problem: 'it is no report.json of this version of quantgate: open it with the page beside it' };
  const { valid, errors } = new Validator(schema as unknown as Schema, '2020-12').validate(value);
  if (!valid)
    return {
      problem: `it is no report.json: ${errors.at(-1)?.instanceLocation ?? '#'} is not as it should be`,
    };
  return { report: seen(value) as Report };
}

/** Names of models may turn text round, or draw nothing. */
function seen(value: unknown): unknown {
  if (typeof value === 'string') return plainLines(value);
  if (Array.isArray(value)) return value.map(seen);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [plainLines(key), seen(each)]));
}
