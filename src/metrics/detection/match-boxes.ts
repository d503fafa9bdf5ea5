import { areaOf, type Box, type Detection, overlap, shared } from './detection.ts';

/** IoU from which on a detection is right: COCO's 0.5, 0.55, ..., 0.95, to the bit as numpy.linspace makes them. */
export const THRESHOLDS = Array.from({ length: 10 }, (_, i) =>
  i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9),
);

/** Detections of one class in one image that count at most. */
const MOST_OF_A_CLASS = 100;

/** An object that is there. */
export interface Truth {
  readonly class: number;
  readonly box: Box;
  /** Stands for many objects: what lies in it is neither right nor wrong. */
  readonly crowd: boolean;
}

/**
 * What is found in one image: class, score, and two sets of thresholds as bits (the lowest bit is 0.5): where it is right,
 * and where it does not count.
 */
export type Matched = [id: number, score: number, right: number, uncounted: number];

/** What average precision needs of an image: how many objects of each class there are, and what is found. */
export interface ImageScore {
  readonly truth: [id: number, objects: number][];
  readonly found: Matched[];
}

/**
 * Matches detections to the objects of an image as `COCOeval.evaluateImg` of pycocotools does, for objects of any area: by
 * falling score, to the object of the same class with the highest IoU that is not taken yet, of equal ones the last; crowds
 * may be taken often, and only where nothing else fits.
 */
export function matchBoxes(truths: readonly Truth[], detections: readonly Detection[]): ImageScore {
  const classes = [...new Set([...truths, ...detections].map((each) => each.class))].sort((a, b) => a - b);
  const truth: [number, number][] = [];
  const found: Matched[] = [];
  for (const each of classes) {
    const objects = truths.filter((one) => one.class === each);
    const counted = objects.filter(({ crowd }) => !crowd).length;
    if (counted > 0) truth.push([each, counted]);
    const best = detections
      .filter((one) => one.class === each)
      .sort((a, b) => b.score - a.score)
      .slice(0, MOST_OF_A_CLASS);
    found.push(...matchClass(each, objects, best));
  }
  return { truth, found };
}

function matchClass(id: number, objects: readonly Truth[], detections: readonly Detection[]): Matched[] {
  // Crowds last, as COCO sorts them.
  const sorted = [...objects.filter(({ crowd }) => !crowd), ...objects.filter(({ crowd }) => crowd)];
  const overlaps = detections.map(({ box }) =>
    sorted.map((object) => (object.crowd ? covered(box, object.box) : overlap(box, object.box))),
  );
  const found = detections.map(({ score }): Matched => [id, score, 0, 0]);
  for (const [t, threshold] of THRESHOLDS.entries()) {
    const taken = new Set<number>();
    for (const [d, row] of overlaps.entries()) {
      const match = matchOf(row, sorted, taken, threshold);
      if (match < 0) continue;
      taken.add(match);
      found[d][sorted[match].crowd ? 3 : 2] |= 1 << t;
    }
  }
  return found;
}

function matchOf(
  row: readonly number[],
  objects: readonly Truth[],
  taken: ReadonlySet<number>,
  threshold: number,
): number {
  let least = Math.min(threshold, 1 - 1e-10);
  let match = -1;
  for (const [i, value] of row.entries()) {
    const { crowd } = objects[i];
    if (taken.has(i) && !crowd) continue;
    if (match >= 0 && crowd && !objects[match].crowd) break;
    if (value < least) continue;
    least = value;
    match = i;
  }
  return match;
}

/** The share of a box that lies in another. */
function covered(box: Box, by: Box): number {
  const area = areaOf(box);
  return area > 0 ? shared(box, by) / area : 0;
}
