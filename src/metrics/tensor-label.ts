import { z } from 'zod';
import { UserError } from '../errors.ts';
import { elementCount, type Tensor } from '../numerics/tensor.ts';

const schema = z.object({
  dims: z.array(z.number().int().nonnegative()),
  data: z.custom<Tensor['data']>((data) => ArrayBuffer.isView(data) && !(data instanceof DataView)),
});

export interface TensorLabel {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number | bigint>;
}

/**
 * `label` as a tensor of `elements` elements. Shapes may differ in dimensions of 1.
 *
 * @throws UserError when it is none
 */
export function tensorLabel(label: unknown, elements: number): TensorLabel {
  const parsed = schema.safeParse(label);
  if (!parsed.success)
    throw new UserError('the label is not a tensor: give labels as .npy of one tensor a sample');
  const { dims, data } = parsed.data;
  if (elementCount(dims) !== elements || data.length !== elements) {
    throw new UserError(
      `the label is [${dims.join(', ')}], which is not the ${elements} elements of the output: correct evaluation.labels, or name their output in metric.output`,
    );
  }
  return { dims, values: data };
}
