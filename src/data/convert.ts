import { UserError } from '../errors.ts';
import { fromFloat16, toFloat16 } from '../numerics/float16.ts';
import { arrayOf, type ElementType, type Tensor, type TensorData } from '../numerics/tensor.ts';

export function isFloat(type: ElementType): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16';
}

/** The values of any tensor as numbers; 64-bit integers beyond 2^53 are rounded. */
export function numbersOf({ type, data }: Tensor): Exclude<TensorData, BigInt64Array | BigUint64Array> {
  if (type === 'float16') return fromFloat16(data as Uint16Array);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return data;
}

/**
 * The values of a tensor in a new array of another element type. Everything becomes floating point; integers become
 * other integers if every value fits; floating point never becomes integer.
 *
 * @throws UserError naming `where` and both types
 */
export function convertValues(tensor: Tensor, type: ElementType, where: string): TensorData {
  if (tensor.type === type) return tensor.data.slice();
  if (type === 'float16') return toFloat16(numbersOf(tensor));
  if (isFloat(type)) return new (arrayOf(type as 'float32'))(numbersOf(tensor));
  if (isFloat(tensor.type))
    throw new UserError(`${where} is ${tensor.type}, the model takes ${type}: store the data as ${type}`);
  const { data } = tensor;
  const Values = arrayOf(type);
  const values =
    Values === BigInt64Array || Values === BigUint64Array
      ? Values.from(Array.from(data, BigInt))
      : (Values as Int32ArrayConstructor).from(data as ArrayLike<number>, Number);
  for (let i = 0; i < data.length; i++) {
    if (BigInt(values[i]) !== BigInt(data[i]))
      throw new UserError(`${where} holds ${data[i]}, which ${type} cannot: store the data as ${type}`);
  }
  return values;
}

/** True if no value is NaN or infinite. */
export function allFinite({ type, data }: Tensor): boolean {
  if (!isFloat(type)) return true;
  if (type === 'float16') return data.every((bits: number | bigint) => (Number(bits) & 0x7c00) !== 0x7c00);
  // x · 0 is NaN for anything that is not finite, and a sum with NaN stays NaN.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i] as number) * 0;
  return sum === 0;
}
