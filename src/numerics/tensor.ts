/** Element types of tensors, named as ONNX Runtime names them. `float16` travels as raw bits in a Uint16Array, `float8e4m3fn` in a Uint8Array. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'float8e4m3fn'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense tensor in row-major order: `data.length` is the product of `dims`. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  float8e4m3fn: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** The typed-array constructor that holds elements of `type`. */
export function arrayOf<T extends ElementType>(type: T): (typeof arrays)[T] {
  return arrays[type];
}

/** Whether a name is that of an element type that is read: text, 4-bit integers and 8-bit floats are not. */
export function isElementType(type: string): type is ElementType {
  return Object.hasOwn(arrays, type) && type !== 'float8e4m3fn';
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, d) => product * d, 1);
}
