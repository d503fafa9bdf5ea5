import type { ModelConfig } from '../config/config.ts';
import { splitMember } from '../data/npz.ts';
import { UserError } from '../errors.ts';
import { type Place, pathWithin } from '../paths.ts';
import { openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';

/**
 * Looks for every file that a configuration names, before any of them is worked on.
 *
 * @throws UserError naming the first that is missing, outside of the workspace or a Git LFS pointer
 */
export async function checkFiles(models: readonly ModelConfig[], place: Place): Promise<void> {
  for (const { path, reference, calibration, evaluation } of models) {
    const { metric, labels } = evaluation;
    const sources = [calibration, evaluation].flatMap(({ inputs }) =>
      typeof inputs === 'string' ? inputs : [...inputs.values()],
    );
    if (labels !== undefined) sources.push(labels);
    const data = sources.map((source) => splitMember(source).path);
    const files = reference === undefined ? [path] : [path, reference];
    for (const each of [...files, ...data, ...('module' in metric ? [metric.module] : [])])
      await pathWithin(place, each);
  }
}

/**
 * Opens the evaluation samples and reads the first, before anything slow is done for their sake.
 *
 * @throws UserError when they are missing, too few, without labels that the metric needs, or of another shape
 */
export async function checkEvaluation(prepared: Prepared, { place, signal }: Context): Promise<void> {
  const { config, metric } = prepared;
  const dataset = await openEvaluation(prepared, place);
  try {
    for await (const { label, index } of dataset.samples(signal)) {
      if (metric.labels === 'none' || label !== undefined) return;
      throw new UserError(
        `${config.name}: metric ${metric.name} needs labels, evaluation sample ${index} has none: give each sample one`,
      );
    }
    throw new UserError(`${config.name}: the evaluation data hold no samples: give some`);
  } finally {
    await dataset.close();
  }
}
