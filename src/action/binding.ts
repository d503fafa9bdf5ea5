import { createHash } from 'node:crypto';
import type { Binding } from '../github/acceptance.ts';
import type { Report } from '../report/schema.ts';

/** What an acceptance of a report is bound to; undefined for a report that nobody can accept: it lacks one of these. */
export function bindingOf({ head, configSha256, models }: Report): Binding | undefined {
  const known = models.flatMap(({ name, modelSha256 }) =>
    modelSha256 === null ? [] : [[name, modelSha256] as const],
  );
  if (head === null || known.length === 0 || known.length < models.length) return undefined;
  return { head, configSha256, baselineSha256: baselineSha256(models), models: Object.fromEntries(known) };
}

/** Of the baselines that were compared with, each with its model; null if there was none. */
function baselineSha256(models: Report['models']): string | null {
  const compared = models.flatMap(({ name, baseline }) =>
    baseline.state === 'compared' ? [[name, baseline.sha256]] : [],
  );
  if (compared.length === 0) return null;
  return createHash('sha256').update(JSON.stringify(compared)).digest('hex');
}
