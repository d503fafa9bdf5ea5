import { create } from '@bufbuild/protobuf';
import { UserError } from '../errors.ts';
import { arrayOf, type ElementType, elementCount, type Tensor, type TensorData } from '../numerics/tensor.ts';
import {
  TensorProto_DataType as DataType,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './gen/onnx_pb.ts';
import { storedIn, storeField } from './stored-values.ts';

const elementTypes = new Map<number, ElementType>([
  [DataType.FLOAT, 'float32'],
  [DataType.DOUBLE, 'float64'],
  [DataType.FLOAT16, 'float16'],
  [DataType.INT8, 'int8'],
  [DataType.UINT8, 'uint8'],
  [DataType.INT16, 'int16'],
  [DataType.UINT16, 'uint16'],
  [DataType.INT32, 'int32'],
  [DataType.UINT32, 'uint32'],
  [DataType.INT64, 'int64'],
  [DataType.UINT64, 'uint64'],
  [DataType.BOOL, 'bool'],
]);
const dataTypes = new Map<ElementType, number>([
  ...[...elementTypes].map(([number, name]) => [name, number] as const),
  // Written, and not read: no tensor of it enters or leaves ONNX Runtime here.
  ['float8e4m3fn', DataType.FLOAT8E4M3FN],
]);

/** The element type of an ONNX data type number, or undefined where quantgate has no array for it (strings, 4 bit, 8-bit floats, bfloat16). */
export function elementTypeOf(dataType: number): ElementType | undefined {
  return elementTypes.get(dataType);
}

/** ONNX's number of an element type. */
export function dataTypeOf(type: ElementType): number {
  return dataTypes.get(type)!;
}

/** What bytes of values take once they are float32, as grids and kernels have them. */
export function bytesAsFloat32(bytes: number, dataType: number): number {
  const isNibbles = dataType === DataType.INT4 || dataType === DataType.UINT4;
  return (4 * bytes) / (isNibbles ? 0.5 : (elementBytes(dataType) ?? 4));
}

/** Bytes of one element in `raw_data`, or undefined for types that are not read. */
export function elementBytes(dataType: number): number | undefined {
  const type = elementTypes.get(dataType);
  return type === undefined ? undefined : arrayOf(type).BYTES_PER_ELEMENT;
}

/** Sizes that a message shows. */
const MOST_SIZES = 16;

/** A shape in words, its first sizes where it has very many: `[1, 3, 224, 224]`. */
export function shapeText(dims: readonly bigint[]): string {
  return `[${dims.slice(0, MOST_SIZES).join(', ')}${dims.length > MOST_SIZES ? ', …' : ''}]`;
}

/** Whether the values lie in another file than the model's. */
export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;
}

/**
 * The values of a TensorProto, from `raw_data` (a view where alignment allows) or the typed fields.
 *
 * @throws UserError when the element type is not supported or the number of values does not fit the shape
 */
export function readTensor(tensor: TensorProto, where: string): Tensor {
  const type = elementTypes.get(tensor.dataType);
  if (type === undefined) {
    const name = DataType[tensor.dataType] ?? tensor.dataType;
    throw new UserError(
      `${where}: tensor "${tensor.name}" has element type ${name}, which quantgate does not read: make it float32`,
    );
  }
  const dims = tensor.dims.map(Number);
  const { rawData } = tensor;
  const data = rawData.length > 0 ? rawValues(rawData, type) : typedValues(tensor, type);
  if (data.length !== elementCount(dims)) {
    throw new UserError(
      `${where}: tensor "${tensor.name}" holds ${data.length} values, its shape ${shapeText(tensor.dims)} needs ${elementCount(dims)}: the file is damaged`,
    );
  }
  return { type, dims, data };
}

/** Bytes of `raw_data`, which is not read. */
export function storedBytes(tensor: TensorProto): number {
  return storedIn(tensor, 'rawData')?.length ?? tensor.rawData.length;
}

/** A TensorProto with the values in `raw_data` (a view of `tensor.data`, not a copy; where they lie in a file, the same place). */
export function makeTensor(name: string, tensor: Tensor): TensorProto {
  const stated = { name, dims: tensor.dims.map(BigInt), dataType: dataTypeOf(tensor.type) };
  const values = storedIn(tensor, 'data');
  if (values !== undefined)
    return storeField(create(TensorProtoSchema, stated), 'rawData', values, (bytes) => bytes);
  const { data } = tensor;
  const rawData = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return create(TensorProtoSchema, { ...stated, rawData });
}

function rawValues(raw: Uint8Array, type: ElementType): TensorData {
  const Values = arrayOf(type);
  // A Buffer's own slice() is a view; only the constructor copies.
  const aligned = raw.byteOffset % Values.BYTES_PER_ELEMENT === 0 ? raw : new Uint8Array(raw);
  return new Values(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    Math.floor(raw.length / Values.BYTES_PER_ELEMENT),
  );
}

function typedValues(tensor: TensorProto, type: ElementType): TensorData {
  switch (type) {
    case 'float32':
      return Float32Array.from(tensor.floatData);
    case 'float64':
      return Float64Array.from(tensor.doubleData);
    case 'int64':
      return BigInt64Array.from(tensor.int64Data);
    case 'uint64':
      return BigUint64Array.from(tensor.uint64Data);
    case 'uint32':
      return Uint32Array.from(tensor.uint64Data, Number);
    default:
      return arrayOf(type).from(tensor.int32Data);
  }
}
