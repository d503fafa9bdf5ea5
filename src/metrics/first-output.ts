import { numbersOf } from '../data/convert.ts';
import { UserError } from '../errors.ts';
import type { Outputs } from './metric.ts';

export interface Values {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: ReturnType<typeof numbersOf>;
}

/**
 * The first output as numbers.
 *
 * @throws UserError when there is none or it holds NaN
 */
export function firstOutput(outputs: Outputs): Values {
  const [first] = Object.entries(outputs);
  if (first === undefined) throw new UserError('the model has no output to measure');
  const [name, tensor] = first;
  const values = numbersOf(tensor);
  // A function called for each of many values takes six times as long as this.
  if (values.includes(Number.NaN))
    throw new UserError(
      `output "${name}" holds NaN at element ${values.findIndex(Number.isNaN)}: check this sample and the model's weights`,
    );
  return { name, dims: tensor.dims, values };
}
