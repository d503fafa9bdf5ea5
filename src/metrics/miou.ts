import { z } from 'zod';
import { isFloat, numbersOf } from '../data/convert.ts';
import { UserError } from '../errors.ts';
import { configurable } from './configurable.ts';
import { firstOutput } from './first-output.ts';
import type { Metric, Outputs } from './metric.ts';
import { fromScores } from './over-picks.ts';
import { tensorLabel } from './tensor-label.ts';

const count = z.int().min(0);
/** Of each class in one image: its id, and how many pixels are of it in both, in the prediction, and in the label. */
const scoreSchema = z.array(z.tuple([z.int(), count, count, count])).max(65_536);

/**
 * Mean over classes of intersection / union of their pixels, both summed over all images (PASCAL VOC: M. Everingham et al.,
 * IJCV 111 (2015) 98-136, 4.4); classes that are in no label and no prediction are left out. Output: scores [1, C, H, W],
 * ids [1, H, W] or [1, 1, H, W], or a single map [1, 1, H, W] of floating point that is class 1 above `threshold`. The
 * label is an .npy of class ids of the same size, whose pixels of `ignore` count for nothing. The interval is bootstrapped
 * over images. As `jaccard_score(average="macro")` of scikit-learn over all pixels.
 */
export const miou = configurable(
  'miou',
  z.strictObject({
    ignore: z.int().default(255).describe('The id of pixels that do not count.'),
    threshold: z.number().default(0.5).describe('A single map is class 1 above it.'),
  }),
  ({ ignore, threshold }): Metric => ({
    name: 'miou',
    unit: 'fraction',
    higherIsBetter: true,
    labels: 'tensor',
    reference: false,
    decomposable: false,
    score(outputs, label) {
      const { ids: predicted, classes } = classMap(outputs, threshold);
      const truth = tensorLabel(label, predicted.length).values;
      const counts = new Map<number, [both: number, predicted: number, truth: number]>();
      const of = (id: number) => {
        const found = counts.get(id) ?? [0, 0, 0];
        counts.set(id, found);
        return found;
      };
      for (let i = 0; i < predicted.length; i++) {
        const id = Number(truth[i]);
        if (id === ignore) continue;
        if (!Number.isInteger(id) || id < 0 || id >= classes)
          throw new UserError(
            `label ${id} of pixel ${i} is none of the model's classes: give ids from 0, or set ignore`,
          );
        if (id === predicted[i]) of(id)[0]++;
        of(predicted[i])[1]++;
        of(id)[2]++;
      }
      return [...counts].map(([id, each]) => [id, ...each]);
    },
    ...fromScores('miou', scoreSchema, (images) => (indices) => {
      const sums = new Map<number, { both: number; either: number }>();
      for (let i = 0; i < indices.length; i++)
        for (const [id, both, predicted, truth] of images[indices[i]]) {
          const sum = sums.get(id) ?? { both: 0, either: 0 };
          sum.both += both;
          sum.either += predicted + truth - both;
          sums.set(id, sum);
        }
      let total = 0;
      for (const { both, either } of sums.values()) total += both / either;
      return total / sums.size;
    }),
  }),
);

/** The class of each pixel, row by row, the lowest among equal scores; and of how many it is, where that is known. */
function classMap(outputs: Outputs, threshold: number): { ids: ArrayLike<number>; classes: number } {
  const [first] = Object.values(outputs);
  if (first !== undefined && !isFloat(first.type)) return { ids: numbersOf(first), classes: Infinity };
  const { name, dims, values } = firstOutput(outputs);
  if (dims.length !== 4 || dims[0] !== 1)
    throw new UserError(
      `output "${name}" is [${dims.join(', ')}]: miou needs scores [1, C, H, W], or class ids; name another with metric.output`,
    );
  const classes = dims[1];
  if (classes === 1) return { ids: Array.from(values, (value) => (value > threshold ? 1 : 0)), classes: 2 };
  const pixels = dims[2] * dims[3];
  const best = new Uint16Array(pixels);
  for (let c = 1; c < classes; c++)
    for (let i = 0; i < pixels; i++) if (values[c * pixels + i] > values[best[i] * pixels + i]) best[i] = c;
  return { ids: best, classes };
}
