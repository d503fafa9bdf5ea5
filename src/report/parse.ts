import { printable, UserError } from '../errors.ts';
import { type Report, reportSchema } from './schema.ts';

/**
 * A report out of JSON that anybody may have written. Throws UserError that names the first thing that is not as in
 * `schema/report.schema.json`, or a verdict that is not the worst of the targets.
 */
export function parseReport(value: unknown): Report {
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `report.json: ${where(issue.path)}: ${printable(issue.message)}: make it again with this version of quantgate`,
  );
}

function where(path: readonly PropertyKey[]): string {
  const key = (segment: PropertyKey) =>
    typeof segment === 'number' ? `[${segment}]` : `.${String(segment)}`;
  return printable(`report${path.map(key).join('')}`);
}
