import { messageOf, UserError } from '../errors.ts';
import { classLabel } from '../metrics/classification.ts';
import { openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';

/**
 * Opens the evaluation samples and reads the first, before anything slow is done for their sake.
 *
 * @throws UserError when they are missing, too few, without labels that the metric needs or with others, or of another shape
 */
export async function checkEvaluation(prepared: Prepared, { place, signal }: Context): Promise<void> {
  const { config, metric } = prepared;
  const dataset = await openEvaluation(prepared, place);
  try {
    for await (const { label, index } of dataset.samples(signal)) {
      if (metric.labels === 'none') return;
      if (label === undefined)
        throw new UserError(
          `${config.name}: metric ${metric.name} needs labels, evaluation sample ${index} has none: give each sample one`,
        );
      if (metric.labels === 'class')
        checkClass(label, `${config.name}: metric ${metric.name}, sample ${index}`);
      return;
    }
    throw new UserError(`${config.name}: the evaluation data hold no samples: give some`);
  } finally {
    await dataset.close();
  }
}

function checkClass(label: unknown, where: string): void {
  try {
    // How many classes there are, the outputs say.
    classLabel(label, undefined);
  } catch (error) {
    throw new UserError(`${where}: ${messageOf(error)}`);
  }
}
