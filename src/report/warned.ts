import type { ModelReport, Report } from './report-schema.ts';

/** Whether a report warns of a model or its data as a whole, beside that its baseline is unavailable. */
export function isWarnedOf(
  { name, baseline }: Pick<ModelReport, 'name' | 'baseline'>,
  { warnings }: Pick<Report, 'warnings'>,
): boolean {
  const isOfBaseline = (warning: string) =>
    baseline.state === 'baseline-unavailable' && warning.endsWith(baseline.reason);
  return warnings.some((warning) => warning.startsWith(`${name}: `) && !isOfBaseline(warning));
}
