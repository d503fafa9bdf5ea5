import { UserError } from '../errors.ts';
import type { TensorData } from '../numerics/tensor.ts';
import { TensorProto_DataType as DataType, type NodeProto, type TensorProto } from './gen/onnx_pb.ts';
import { intAttribute } from './graph.ts';
import { readTensor } from './tensors.ts';

/** How a file quantizes a tensor: real = (q − zero point) · scale. */
export interface FileQuantizer {
  /** Width and integers of its type. */
  readonly bits: number;
  readonly qmin: number;
  readonly qmax: number;
  /** The dimension that counts channels; null for one scale. */
  readonly axis: number | null;
  readonly scales: readonly number[];
  /** As many as scales. */
  readonly zeroPoints: readonly number[];
}

const INTEGERS = new Map<number, readonly [bits: number, signed: boolean]>([
  [DataType.INT4, [4, true]],
  [DataType.UINT4, [4, false]],
  [DataType.INT8, [8, true]],
  [DataType.UINT8, [8, false]],
  [DataType.INT16, [16, true]],
  [DataType.UINT16, [16, false]],
  [DataType.INT32, [32, true]],
]);

/**
 * The quantizer of a QuantizeLinear or DequantizeLinear; undefined where its scale depends on the input, or where blocks
 * of a dimension have scales of their own.
 *
 * @param constant the initializer of a name
 * @param codes the integers that a DequantizeLinear reads, where they are a constant
 * @throws UserError when it is on no grid of integers, or a scale is not positive
 */
export function quantizerOfNode(
  node: NodeProto,
  where: string,
  constant: (name: string) => TensorProto | undefined,
  codes?: TensorProto,
): FileQuantizer | undefined {
  const [, scaleName, zeroName = ''] = node.input;
  const scale = constant(scaleName);
  const zero = zeroName === '' ? undefined : constant(zeroName);
  if (scale === undefined || (zeroName !== '' && zero === undefined)) return undefined;
  if (intAttribute(node, 'block_size', 0) !== 0) return undefined;
  const type = zero?.dataType ?? codes?.dataType ?? (intAttribute(node, 'output_dtype', 0) || DataType.UINT8);
  const refuse = (why: string) =>
    new UserError(`${where}: ${node.opType} "${node.name || node.output[0]}" ${why}`);
  const integers = INTEGERS.get(type);
  if (integers === undefined)
    throw refuse(
      `is on ${DataType[type] ?? type}: only grids of integers are emulated, give the float model`,
    );
  const [bits, signed] = integers;
  const scales = Array.from(readTensor(scale, where).data, Number);
  if (!scales.every((s) => Number.isFinite(s) && s > 0))
    throw refuse('has a scale that is not positive: quantize again');
  const zeroPoints = zero === undefined ? scales.map(() => 0) : Array.from(readCodes(zero, where));
  if (zeroPoints.length !== scales.length)
    throw refuse('has another number of zero points than of scales: the file is damaged');
  const isPerChannel = scale.dims.length === 1 && scales.length > 1;
  return {
    bits,
    qmin: signed ? -(2 ** (bits - 1)) : 0,
    qmax: 2 ** (signed ? bits - 1 : bits) - 1,
    axis: isPerChannel ? intAttribute(node, 'axis', 1) : null,
    scales,
    zeroPoints,
  };
}

/** Whether two quantizers put a tensor on the same grid. */
export function isSameGrid(a: FileQuantizer, b: FileQuantizer): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The integers of a tensor, those of 4 bits too, of which two are in a byte, the lower half first. */
export function readCodes(tensor: TensorProto, where: string): ArrayLike<number> {
  const isNibbles = tensor.dataType === DataType.INT4 || tensor.dataType === DataType.UINT4;
  if (!isNibbles) return numbersIn(readTensor(tensor, where).data);
  const count = tensor.dims.reduce((product, d) => product * Number(d), 1);
  const { rawData } = tensor;
  const bytes = rawData.length > 0 ? rawData : Uint8Array.from(tensor.int32Data);
  if (bytes.length !== Math.ceil(count / 2))
    throw new UserError(
      `${where}: tensor "${tensor.name}" holds ${bytes.length} bytes, its ${count} values need ${Math.ceil(count / 2)}`,
    );
  return Int8Array.from({ length: count }, (_, i) => {
    const nibble = (bytes[i >> 1] >> (4 * (i & 1))) & 15;
    return tensor.dataType === DataType.INT4 && nibble > 7 ? nibble - 16 : nibble;
  });
}

function numbersIn(data: TensorData): ArrayLike<number> {
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float64Array.from(data, Number)
    : data;
}
