import { UserError } from '../../errors.ts';
import { firstOutput, type Values } from '../first-output.ts';
import type { Outputs } from '../metric.ts';
import type { Box, Detection } from './detection.ts';

/** Numbers of a box in front of the scores of classes. */
const BOX = 4;

/**
 * Detections of an output of YOLO before non-maximum suppression, one for each box and class whose score is at least
 * `least`. Boxes are centre and size.
 *
 * - `yolov8` (v8, v9, v11): [1, 4 + C, N], scores of classes
 * - `yolov5` (v5, v6, v7, X): [1, N, 5 + C], that there is an object times scores of classes
 *
 * @throws UserError for an output of another shape
 */
export function decodeYolo(outputs: Outputs, layout: 'yolov8' | 'yolov5', least: number): Detection[] {
  const output = firstOutput(outputs);
  const isNew = layout === 'yolov8';
  const [rows, columns] = rowsOf(output, isNew ? '[1, 4 + C, N]' : '[1, N, 5 + C]');
  const [count, width] = isNew ? [columns, rows] : [rows, columns];
  const first = isNew ? BOX : BOX + 1;
  if (width <= first) throw refusal(output, isNew ? '[1, 4 + C, N]' : '[1, N, 5 + C]');
  const { values } = output;
  const at = (i: number, k: number) => (isNew ? values[k * count + i] : values[i * width + k]);
  const found: Detection[] = [];
  for (let i = 0; i < count; i++) {
    const object = isNew ? 1 : at(i, BOX);
    if (object < least) continue;
    for (let k = first; k < width; k++) {
      const score = object * at(i, k);
      if (score < least) continue;
      found.push({ class: k - first, score, box: aroundCentre(at(i, 0), at(i, 1), at(i, 2), at(i, 3)) });
    }
  }
  return found;
}

/** Detections of an output [1, N, 6] of models that end in their own suppression: corners, score, class. */
export function decodeEndToEnd(outputs: Outputs, least: number): Detection[] {
  const output = firstOutput(outputs);
  const [count, width] = rowsOf(output, '[1, N, 6]');
  if (width !== 6) throw refusal(output, '[1, N, 6]');
  const found: Detection[] = [];
  for (let i = 0; i < count; i++) {
    const [x1, y1, x2, y2, score, id] = output.values.subarray(i * width, (i + 1) * width);
    if (score >= least) found.push({ class: Math.round(id), score, box: [x1, y1, x2, y2] });
  }
  return found;
}

function aroundCentre(x: number, y: number, width: number, height: number): Box {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

function rowsOf(output: Values, wanted: string): [number, number] {
  const { dims } = output;
  if (dims.length !== 3 || dims[0] !== 1) throw refusal(output, wanted);
  return [dims[1], dims[2]];
}

function refusal({ name, dims }: Values, wanted: string): UserError {
  return new UserError(
    `output "${name}" is [${dims.join(', ')}], the layout is ${wanted}: name another layout, output or a module`,
  );
}
