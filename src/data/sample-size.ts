import { UserError } from '../errors.ts';
import { elementCount } from '../numerics/tensor.ts';

/** Values of one input of one sample: 256 MiB of float32. Coloured images of 4096 x 4096 pixels have 50 million. */
export const MAX_SAMPLE_ELEMENTS = 2 ** 26;

/** Axes of a tensor, as of NumPy. */
const MAX_AXES = 64;

/**
 * Bounds a sample by its shape alone, before there is memory for it.
 *
 * @param dims of one input of one sample
 * @throws UserError naming `where`
 */
export function checkSampleSize(dims: readonly number[], where: string): void {
  if (dims.length > MAX_AXES)
    throw new UserError(`${where} has ${dims.length} axes: ${MAX_AXES} at most are read, reshape it`);
  const elements = elementCount(dims);
  if (!(elements <= MAX_SAMPLE_ELEMENTS))
    throw new UserError(
      `${where} has ${elements} values for one sample: ${MAX_SAMPLE_ELEMENTS} at most are read, make the samples smaller`,
    );
}
