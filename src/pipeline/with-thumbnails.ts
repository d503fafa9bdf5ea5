import { readThumbnails } from '../data/read-thumbnails.ts';
import type { Place } from '../paths.ts';
import type { ModelReport } from '../report/report-schema.ts';
import { MAX_THUMBNAILS } from '../report/samples-schema.ts';
import type { Prepared } from './prepare.ts';

/**
 * Adds small pictures of the worst samples of each target, where the configuration asks for them and the data are pictures.
 *
 * @throws UserError naming an image that cannot be used any more
 */
export async function withThumbnails(
  report: ModelReport,
  { config, model }: Pick<Prepared, 'config' | 'model'>,
  place: Place,
): Promise<ModelReport> {
  const { thumbnails, inputs } = config.evaluation;
  if (!thumbnails) return report;
  const worst = report.targets.flatMap((target) =>
    'worstSamples' in target ? (target.worstSamples ?? []).slice(0, MAX_THUMBNAILS) : [],
  );
  const indices = [...new Set(worst.map(({ sample }) => sample))].sort((a, b) => a - b);
  const source = typeof inputs === 'string' ? inputs : Object.fromEntries(inputs);
  const fit = config.preprocess;
  const pictures = await readThumbnails(source, indices, { ports: model.inputs, place, fit });
  const targets = report.targets.map((target) => {
    if (!('worstSamples' in target)) return target;
    const worstSamples = target.worstSamples?.map((each, i) => {
      const thumbnail = i < MAX_THUMBNAILS ? pictures.get(each.sample) : undefined;
      return thumbnail === undefined ? each : { ...each, thumbnail };
    });
    return { ...target, worstSamples };
  });
  return { ...report, targets };
}
