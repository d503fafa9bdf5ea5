import { printable, UserError } from '../../errors.ts';
import { firstOutput } from './first-output.ts';
import type { Outputs } from './metric.ts';

/** Class scores of one sample: the first output, of shape [1, C] or [1, C, 1, ...]. UserError otherwise. */
export function classScores(outputs: Outputs): ArrayLike<number> {
  const { name, dims, values } = firstOutput(outputs);
  if (dims.length < 2 || values.length === 0 || dims[1] !== values.length) {
    throw new UserError(
      `output "${name}" is [${dims.join(', ')}]: class scores are [1, C]; name another with metric.output`,
    );
  }
  return values;
}

/** Index of the largest value, the lowest index among equals (as numpy.argmax). */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** How many classes come before `label` when sorted by falling score, lower index first among equals. */
export function rankOf(values: ArrayLike<number>, label: number): number {
  const own = values[label]!;
  let rank = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > own || (values[i] === own && i < label)) rank++;
  return rank;
}

/** `label` as a class id in [0, classes). A label outside is an error: counted as wrong it would hide an off-by-one. */
export function classLabel(label: unknown, classes: number): number {
  if (typeof label !== 'number' || !Number.isInteger(label)) {
    const text = printable(String(JSON.stringify(label)));
    throw new UserError(`label ${text} is not a class id: give one whole number a sample`);
  }
  if (label < 0 || label >= classes) {
    throw new UserError(`label ${label} is outside the model's ${classes} classes (0 to ${classes - 1})`);
  }
  return label;
}
