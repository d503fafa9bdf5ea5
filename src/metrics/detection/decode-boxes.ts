import { UserError } from '../../errors.ts';
import { firstOutput, type Values } from '../first-output.ts';
import type { Outputs } from '../metric.ts';
import type { Box, Detection } from './detection.ts';
import type { Corners, MapOptions } from './map-options.ts';

/** Where boxes, scores and classes are. */
export type NamedOutputs = Pick<MapOptions, 'boxes' | 'scores' | 'classes' | 'corners' | 'background'>;

/**
 * Detections of outputs of their own for boxes [1, N, 4], scores [1, N] and classes [1, N], or with a score of each class
 * [1, N, C], as SSD and the detectors of torchvision and TensorFlow have them; the leading 1 may be left out.
 *
 * @throws UserError for outputs that are not there or of other shapes
 */
export function decodeBoxes(outputs: Outputs, named: NamedOutputs, least: number): Detection[] {
  const boxes = valuesOf(outputs, named.boxes!);
  const scores = valuesOf(outputs, named.scores!);
  const count = boxes.values.length / 4;
  const perClass = scores.values.length / count;
  if (!Number.isInteger(count) || boxes.dims.at(-1) !== 4)
    throw new UserError(`output "${boxes.name}" is [${boxes.dims.join(', ')}]: boxes are [1, N, 4]`);
  if (count === 0) return [];
  if (named.classes !== undefined) {
    const classes = valuesOf(outputs, named.classes).values;
    if (perClass !== 1 || classes.length !== count)
      throw new UserError(
        `${count} boxes have ${scores.values.length} scores and ${classes.length} classes: each box has one`,
      );
    return pick(boxes, count, named.corners, (i, add) => {
      if (scores.values[i] >= least) add(Math.round(classes[i]), scores.values[i]);
    });
  }
  if (!Number.isInteger(perClass) || scores.dims.at(-1) !== perClass)
    throw new UserError(
      `output "${scores.name}" is [${scores.dims.join(', ')}] for ${count} boxes: scores are [1, N, C], or [1, N] beside an output of classes`,
    );
  const first = named.background ? 1 : 0;
  return pick(boxes, count, named.corners, (i, add) => {
    for (let k = first; k < perClass; k++) {
      const score = scores.values[i * perClass + k];
      if (score >= least) add(k - first, score);
    }
  });
}

function pick(
  { values }: Values,
  count: number,
  corners: Corners,
  of: (index: number, add: (id: number, score: number) => void) => void,
): Detection[] {
  const found: Detection[] = [];
  for (let i = 0; i < count; i++)
    of(i, (id, score) => {
      const [a, b, c, d] = values.subarray(4 * i, 4 * i + 4);
      found.push({ class: id, score, box: cornersOf(corners, a, b, c, d) });
    });
  return found;
}

function cornersOf(corners: Corners, a: number, b: number, c: number, d: number): Box {
  switch (corners) {
    case 'xyxy':
      return [a, b, c, d];
    case 'yxyx':
      return [b, a, d, c];
    case 'xywh':
      return [a, b, a + c, b + d];
    case 'cxcywh':
      return [a - c / 2, b - d / 2, a + c / 2, b + d / 2];
  }
}

function valuesOf(outputs: Outputs, name: string): Values {
  if (!Object.hasOwn(outputs, name))
    throw new UserError(`the model has no output "${name}", only ${Object.keys(outputs).join(', ')}`);
  return firstOutput({ [name]: outputs[name] });
}
