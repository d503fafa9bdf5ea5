import { UserError } from '../errors.ts';
import { arrayOf, elementCount, type Tensor } from '../numerics/tensor.ts';
import { swapBytes } from './npy.ts';
import { MAX_HEADER_BYTES, parseNpyHeader } from './npy-header.ts';

/** Bytes of the largest file that holds an array of so many elements, of whatever type. */
export function mostNpyBytes(elements: number): number {
  return MAX_HEADER_BYTES + elements * BigInt64Array.BYTES_PER_ELEMENT;
}

/**
 * All of a .npy file as one tensor.
 *
 * @throws UserError when it is not a plain numeric array in C order, or its size does not fit its shape
 */
export function npyTensor(bytes: Uint8Array, where: string): Tensor {
  const { type, bigEndian, shape, offset } = parseNpyHeader(bytes, where);
  const Values = arrayOf(type);
  const needed = elementCount(shape) * Values.BYTES_PER_ELEMENT;
  if (bytes.length - offset !== needed)
    throw new UserError(
      `${where} holds ${bytes.length - offset} bytes of values, shape (${shape.join(', ')}) of ${type} needs ${needed}: save it again`,
    );
  const values = new Uint8Array(bytes.subarray(offset));
  if (bigEndian) swapBytes(values, Values.BYTES_PER_ELEMENT);
  return { type, dims: shape, data: new Values(values.buffer) };
}
