import type { ModelConfig } from '../config/config.ts';
import { splitMember } from '../data/npz.ts';
import { type Place, pathWithin } from '../paths.ts';

/**
 * Looks for every file that the config names for a model, before any of them is worked on.
 *
 * @throws UserError naming the first that is missing, outside of the workspace or a Git LFS pointer
 */
export async function checkFiles(
  { path, reference, calibration, evaluation }: ModelConfig,
  place: Place,
): Promise<void> {
  const { metric, labels } = evaluation;
  const sources = [calibration, evaluation].flatMap(({ inputs }) =>
    typeof inputs === 'string' ? inputs : [...inputs.values()],
  );
  const data = [...sources, ...(labels === undefined ? [] : [labels])].map(
    (source) => splitMember(source).path,
  );
  const models = [path, ...(reference === undefined ? [] : [reference])];
  for (const each of [...models, ...data, ...('module' in metric ? [metric.module] : [])])
    await pathWithin(place, each);
}
