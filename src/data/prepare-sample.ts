import { UserError } from '../errors.ts';
import { toFloat16 } from '../numerics/float16.ts';
import { arrayOf, type ElementType, type Tensor, type TensorData } from '../numerics/tensor.ts';
import type { Port } from '../runtime/runtime.ts';
import { allFinite, convertValues, isFloat, numbersOf } from './convert.ts';
import { type Preprocess, preprocessFor, preprocessInto } from './preprocess.ts';
import { checkSampleSize } from './sample-size.ts';
import { countsSamples, sampleShape } from './shape.ts';

/** What samples are made fit for. */
export interface Feeding {
  /** All inputs of the model. */
  readonly ports: readonly Port[];
  readonly preprocess: Preprocess | undefined;
}

/**
 * One raw sample in the shape and element type of a model's input, preprocessed where there is something to do (`preprocessFor`).
 * The result shares no memory with `raw`.
 *
 * @throws UserError naming `where` (file and sample) when shape or type do not fit, or a value is NaN or infinite
 */
export function prepareSample(
  raw: Tensor,
  port: Port,
  { ports, preprocess }: Feeding,
  where: string,
): Tensor {
  checkSampleSize(raw.dims, where);
  const dims = sampleShape(raw.dims, port, where, countsSamples(port, ports));
  const data = prepareValues({ ...raw, dims }, port, preprocessFor(port, ports, preprocess), where);
  const tensor = { type: port.type, dims, data };
  // Integers are finite, and stay so in anything but the narrow float16.
  if ((isFloat(raw.type) || port.type === 'float16') && !allFinite(tensor))
    throw new UserError(`${where} has NaN or infinite values for input "${port.name}": repair or remove it`);
  return tensor;
}

function prepareValues(
  raw: Tensor,
  port: Port,
  preprocess: Preprocess | undefined,
  where: string,
): TensorData {
  if (preprocess === undefined) return convertValues(raw, port.type, `${where}, input "${port.name}",`);
  const isSingle = port.type === 'float32' || port.type === 'float16';
  const values = new (arrayOf(isSingle ? 'float32' : 'float64'))(raw.data.length);
  preprocessInto(values, { dims: raw.dims, data: numbersOf(raw) }, preprocess, port);
  if (port.type === 'float16') return toFloat16(values);
  return isFloat(port.type) ? values : wholeNumbers(values, port, where);
}

/** The values in an integer type, where it can hold each of them. */
function wholeNumbers(values: Float32Array | Float64Array, { name, type }: Port, where: string): TensorData {
  const fits = wholeRange(type);
  const bad = values.find((value) => !fits(value));
  if (bad !== undefined)
    throw new UserError(
      `${where}: preprocess makes ${bad} for input "${name}", which takes ${type}: leave out its scale, mean and std where the model takes raw values`,
    );
  return type === 'int64' || type === 'uint64'
    ? arrayOf(type).from(Array.from(values, BigInt))
    : arrayOf(type as 'int32').from(values);
}

/** Whether a number is one of an integer type. */
function wholeRange(type: ElementType): (value: number) => boolean {
  if (type === 'bool') return (value) => value === 0 || value === 1;
  const bits = 8 * arrayOf(type).BYTES_PER_ELEMENT;
  const [least, end] = type.startsWith('u') ? [0, 2 ** bits] : [-(2 ** (bits - 1)), 2 ** (bits - 1)];
  return (value) => Number.isInteger(value) && value >= least && value < end;
}
