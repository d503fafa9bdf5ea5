import { isFloat, numbersOf } from '../data/convert.ts';
import { messageOf, printable, UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { argmax } from './argmax.ts';
import { firstOutput } from './first-output.ts';
import type { Outputs } from './metric.ts';

/**
 * Class scores of one sample: the first output.
 *
 * @throws UserError unless its shape is [1, C] or [1, C, 1, ...] with C > 1
 */
export function classScores(outputs: Outputs): ArrayLike<number> {
  const { name, dims, values } = firstOutput(outputs);
  if (dims.length < 2 || values.length === 0 || dims[1] !== values.length) {
    throw new UserError(
      `output "${name}" is [${dims.join(', ')}]: class scores are [1, C]; name another with metric.output`,
    );
  }
  if (values.length === 1) {
    throw new UserError(
      `output "${name}" is a single value, whose greatest says nothing: take mse or mae with labels, or a metric module`,
    );
  }
  return values;
}

/** The class that a tensor of one sample stands for: an id as ArgMax makes it, or the index of the greatest value. */
export function classOf(tensor: Tensor): number {
  const values = numbersOf(tensor);
  return isClassId(tensor) ? values[0] : argmax(values);
}

function isClassId({ type, data }: Tensor): boolean {
  return !isFloat(type) && data.length === 1;
}

/**
 * The class that the first output says, and of how many: undefined where it is an id.
 *
 * @throws UserError when it says none
 */
export function predictionOf(outputs: Outputs): { predicted: number; classes: number | undefined } {
  const [first] = Object.values(outputs);
  if (first !== undefined && isClassId(first)) return { predicted: classOf(first), classes: undefined };
  const scores = classScores(outputs);
  return { predicted: argmax(scores), classes: scores.length };
}

/** How many classes come before `label` when sorted by falling score, lower index first among equals. */
export function classRank(values: ArrayLike<number>, label: number): number {
  const own = values[label];
  let rank = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > own || (values[i] === own && i < label)) rank++;
  return rank;
}

/** A tensor by its type and shape: its values may be many, and of 64 bits. */
function shownLabel(label: unknown): string {
  try {
    const { type, dims, data } = Object(label) as Partial<Tensor>;
    const isTensor = ArrayBuffer.isView(data);
    return printable(isTensor ? `of type ${type}, shape [${dims}],` : String(JSON.stringify(label)));
  } catch (error) {
    return printable(messageOf(error));
  }
}

/**
 * `label` as a class id in [0, classes), any whole number where the classes are not known. A label outside is an error:
 * counted as wrong it would hide an off-by-one.
 */
export function classLabel(label: unknown, classes: number | undefined): number {
  if (typeof label !== 'number' || !Number.isInteger(label)) {
    throw new UserError(
      `label ${shownLabel(label)} is not a class id: give evaluation.labels of one whole number a sample`,
    );
  }
  if (classes !== undefined && (label < 0 || label >= classes)) {
    const counted = label === classes ? ', whose ids begin with 0' : '';
    throw new UserError(
      `label ${label} is outside the model's ${classes} classes (0 to ${classes - 1}): correct evaluation.labels${counted}, or name the output that has their classes in metric.output`,
    );
  }
  return label;
}
