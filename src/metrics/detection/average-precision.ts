import { UserError } from '../../errors.ts';
import type { OverPicks } from '../over-picks.ts';
import { type ImageScore, THRESHOLDS } from './match-boxes.ts';

/** Recalls at which COCO reads the precision: 0, 0.01, ..., 1, to the bit as numpy.linspace makes them. */
const RECALLS = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01));

/** What is found of one class in all images, by falling score. */
interface ClassCurve {
  /** How many objects each image has. */
  readonly objects: readonly (readonly [image: number, objects: number])[];
  readonly image: Uint32Array;
  readonly right: Uint16Array;
  readonly uncounted: Uint16Array;
}

/**
 * Mean over classes and thresholds of the average precision: at each recall the highest precision at that recall or more,
 * as `COCOeval.accumulate` of pycocotools has it. Classes without an object are left out. An image that is picked twice
 * counts twice.
 *
 * @param thresholds how many of COCO's, from 0.5 on
 */
export function meanAveragePrecision(images: readonly ImageScore[], thresholds: number): OverPicks {
  const curves = curvesOf(images);
  return (indices) => {
    const weights = new Uint32Array(images.length);
    for (let i = 0; i < indices.length; i++) weights[indices[i]]++;
    let [sum, count] = [0, 0];
    for (const curve of curves) {
      const objects = curve.objects.reduce((total, [image, each]) => total + each * weights[image], 0);
      if (objects === 0) continue;
      for (let t = 0; t < thresholds; t++) sum += averagePrecision(curve, t, weights, objects);
      count += thresholds;
    }
    if (count === 0) throw new UserError('none of the images has a box as its label: check the labels');
    return sum / count;
  };
}

function curvesOf(images: readonly ImageScore[]): ClassCurve[] {
  const objects = new Map<number, [number, number][]>();
  const found = new Map<number, [image: number, score: number, right: number, uncounted: number][]>();
  for (const [image, each] of images.entries()) {
    for (const [id, count] of each.truth) {
      if (!objects.has(id)) objects.set(id, []);
      objects.get(id)!.push([image, count]);
    }
    for (const [id, ...rest] of each.found) {
      if (!found.has(id)) found.set(id, []);
      found.get(id)!.push([image, ...rest]);
    }
  }
  // A class that no image has an object of counts nowhere.
  return [...objects].map(([id, counts]) => {
    const sorted = (found.get(id) ?? []).sort((a, b) => b[1] - a[1]);
    return {
      objects: counts,
      image: Uint32Array.from(sorted, ([image]) => image),
      right: Uint16Array.from(sorted, ([, , right]) => right),
      uncounted: Uint16Array.from(sorted, ([, , , uncounted]) => uncounted),
    };
  });
}

function averagePrecision(
  { image, right, uncounted }: ClassCurve,
  threshold: number,
  weights: Uint32Array,
  objects: number,
): number {
  const bit = 1 << threshold;
  const precision = new Float64Array(image.length);
  const recall = new Float64Array(image.length);
  let [hits, all] = [0, 0];
  for (let i = 0; i < image.length; i++) {
    const weight = weights[image[i]];
    if ((uncounted[i] & bit) === 0) {
      all += weight;
      if ((right[i] & bit) !== 0) hits += weight;
    }
    recall[i] = hits / objects;
    precision[i] = all === 0 ? 0 : hits / all;
  }
  for (let i = precision.length - 2; i >= 0; i--)
    if (precision[i] < precision[i + 1]) precision[i] = precision[i + 1];
  let sum = 0;
  let at = 0;
  for (const wanted of RECALLS) {
    while (at < recall.length && recall[at] < wanted) at++;
    if (at === recall.length) break;
    sum += precision[at];
  }
  return sum / RECALLS.length;
}

/** How many thresholds mAP@.5:.95 is the mean over. */
export const ALL_THRESHOLDS = THRESHOLDS.length;
