import type { ModelConfig } from '../config/config.ts';
import { splitMember } from '../data/split-member.ts';
import { metricFiles } from '../metrics/index.ts';
import { type Place, pathWithin } from '../paths.ts';

/**
 * Looks for every file that the config names for a model, before any of them is worked on.
 *
 * @throws UserError naming the first that is missing, outside of the workspace or a Git LFS pointer
 */
export async function checkFiles(config: ModelConfig, place: Place): Promise<void> {
  for (const each of namedFiles(config)) await pathWithin(place, each);
}

/** Every file that the config names for a model, once each: models, then data, then what the metric names. */
export function namedFiles({ path, reference, calibration, evaluation }: ModelConfig): string[] {
  const { metric, labels } = evaluation;
  const sources = [calibration, evaluation].flatMap(({ inputs }) =>
    typeof inputs === 'string' ? inputs : [...inputs.values()],
  );
  const data = [...sources, ...(labels === undefined ? [] : [labels])].map(
    (source) => splitMember(source).path,
  );
  const models = [path, ...(reference === undefined ? [] : [reference])];
  const ofMetric = metricFiles(metric);
  return [...new Set([...models, ...data, ...ofMetric.data, ...ofMetric.modules])];
}
