import type { Binding } from '../github/acceptance.ts';
import type { Report } from '../report/report-schema.ts';
import { sha256Of } from '../sha256.ts';

/**
 * All that a report's verdict depends on; undefined where an error came before it was known, or it speaks for no pull request.
 *
 * @param pullRequest the one that it speaks for, where the report itself has none, as of a merge group
 */
export function bindingOf(
  { head, change, configSha256, models }: Report,
  pullRequest = change?.pullRequest,
): Binding | undefined {
  if (change === undefined || pullRequest == null) return undefined;
  const known = models.flatMap(({ name, modelSha256 }) =>
    modelSha256 === null ? [] : [[name, modelSha256]],
  );
  if (head === null || known.length === 0 || known.length < models.length) return undefined;
  const baselines = models
    .flatMap(({ name, baseline }) => (baseline.state === 'compared' ? [`${name} ${baseline.sha256}`] : []))
    .sort();
  const baselineSha256 = baselines.length === 0 ? null : sha256Of(baselines.join('\n'));
  return {
    head,
    pullRequest,
    branch: change.branch,
    configSha256,
    baselineSha256,
    models: Object.fromEntries(known),
  };
}
