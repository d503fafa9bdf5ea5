import { UserError } from '../errors.ts';
import { toFloat16 } from '../numerics/float16.ts';
import { arrayOf, type Tensor, type TensorData } from '../numerics/tensor.ts';
import type { Port } from '../runtime/runtime.ts';
import { allFinite, convertValues, isFloat, numbersOf } from './convert.ts';
import { type Preprocess, preprocessInto } from './preprocess.ts';
import { sampleShape } from './shape.ts';

/**
 * One raw sample in the shape and element type of a model's input, preprocessed if that input is floating point.
 * The result shares no memory with `raw`.
 *
 * @throws UserError naming `where` (file and sample) when shape or type do not fit, or a value is NaN or infinite
 */
export function prepareSample(
  raw: Tensor,
  port: Port,
  preprocess: Preprocess | undefined,
  where: string,
): Tensor {
  const dims = sampleShape(raw.dims, port, where);
  const tensor = { type: port.type, dims, data: prepareValues({ ...raw, dims }, port, preprocess, where) };
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
  if (preprocess === undefined || !isFloat(port.type))
    return convertValues(raw, port.type, `${where}, input "${port.name}",`);
  const values = new (arrayOf(port.type === 'float64' ? 'float64' : 'float32'))(raw.data.length);
  preprocessInto(values, { dims: raw.dims, data: numbersOf(raw) }, preprocess, port);
  return port.type === 'float16' ? toFloat16(values) : values;
}
