import { type Detection, overlap } from './detection.ts';

/** Detections that are looked at: the best ones, as in Ultralytics' YOLO. */
const MOST_CANDIDATES = 30_000;

/**
 * Greedy non-maximum suppression within each class: by falling score, what overlaps a better one of its class by more than
 * `nms` is left out.
 *
 * @param most detections that are kept, the best ones
 */
export function suppress(found: readonly Detection[], nms: number, most: number): Detection[] {
  const sorted = [...found].sort((a, b) => b.score - a.score).slice(0, MOST_CANDIDATES);
  const kept: Detection[] = [];
  const byClass = new Map<number, Detection[]>();
  for (const each of sorted) {
    if (kept.length === most) break;
    const others = byClass.get(each.class) ?? [];
    if (others.some(({ box }) => overlap(box, each.box) > nms)) continue;
    byClass.set(each.class, others);
    others.push(each);
    kept.push(each);
  }
  return kept;
}
