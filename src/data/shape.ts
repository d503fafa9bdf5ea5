import { UserError } from '../errors.ts';
import { elementCount } from '../numerics/tensor.ts';
import type { Port } from '../runtime/runtime.ts';

/**
 * Whether the first dimension of one of a model's inputs counts samples. One that is fixed above 1 does only where it is
 * that of all inputs: [2, batch, 128] beside [batch, 40] is the state of two layers.
 */
export function countsSamples(port: Port, ports: readonly Port[]): boolean {
  const [first] = port.dims;
  return typeof first !== 'number' || first <= 1 || ports.every(({ dims }) => dims[0] === first);
}

/**
 * The shape in which one sample of shape `dims` is fed to `port`: the port's shape with a leading dimension of 1, or
 * the port's whole shape where the sample has it already. A sample may lack the leading dimension, differ in
 * dimensions of 1, or be flat; anything else of the same size is refused, because it is most likely NHWC for NCHW.
 *
 * @param batched whether the port's first dimension counts samples; the sample has the port's whole shape otherwise
 * @throws UserError naming `where`, the input and both shapes
 */
export function sampleShape(dims: readonly number[], port: Port, where: string, batched = true): number[] {
  const [, ...row] = port.dims;
  // Rank 0 is a scalar, or how ONNX Runtime reports a rank that it does not know.
  if (port.dims.length === 0) return dims.length === 0 || dims[0] === 1 ? [...dims] : [1, ...dims];
  if (batched && matches(dims, row)) return [1, ...dims];
  if ((batched && matches(dims, [1, ...row])) || matches(dims, port.dims)) return [...dims];
  const squeezed = dims.filter((d) => d !== 1);
  // A dynamic first dimension is the batch: it never takes up what is left of a flat sample.
  const shapes = batched ? [[1, ...row], ...(port.dims[0] === null ? [] : [port.dims])] : [port.dims];
  for (const shape of shapes) {
    const target = fill(shape, elementCount(dims));
    if (target === undefined) continue;
    const wanted = target.filter((d) => d !== 1);
    if (squeezed.length <= 1 || wanted.length <= 1 || String(squeezed) === String(wanted)) return target;
  }
  throw new UserError(
    `${where} has shape [${dims.join(', ')}], input "${port.name}" takes [${port.dims.map((d) => d ?? '?').join(', ')}]: store the data in the model's layout`,
  );
}

function matches(dims: readonly number[], shape: readonly (number | null)[]): boolean {
  return dims.length === shape.length && shape.every((d, i) => d === null || d === dims[i]);
}

/** `shape` with its one dynamic dimension, if any, set so that it holds `count` elements. */
function fill(shape: readonly (number | null)[], count: number): number[] | undefined {
  const known = elementCount(shape.map((d) => d ?? 1));
  const open = shape.filter((d) => d === null).length;
  if (open > 1 || known === 0 || count % known !== 0 || (open === 0 && known !== count)) return undefined;
  return shape.map((d) => d ?? count / known);
}
