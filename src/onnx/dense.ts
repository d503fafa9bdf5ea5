import { UserError } from '../errors.ts';
import { elementCount } from '../numerics/tensor.ts';
import type { ModelProto, SparseTensorProto, TensorProto } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { elementBytes, readTensor } from './tensors.ts';

/** The most bytes that sparse initializers may take together when they are written out: a few in a file say nothing of it. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * The model with its sparse initializers written out, under the names of their values.
 *
 * @throws UserError when one does not fit its shape, or its element type is not read
 */
export function withDenseInitializers(model: ModelProto, where: string): ModelProto {
  const graph = model.graph!;
  if (graph.sparseInitializer.length === 0) return model;
  const sparse = graph.sparseInitializer;
  const bytes = sparse.reduce((sum, each) => sum + denseBytes(each), 0);
  if (bytes > MAX_BYTES)
    throw new UserError(
      `${where}: its sparse initializers take ${bytes} bytes when they are written out: 2 GiB at most are read, store them dense`,
    );
  const initializer = [...graph.initializer, ...sparse.map((each) => dense(each, where))];
  return shallow(model, { graph: shallow(graph, { initializer, sparseInitializer: [] }) });
}

function denseBytes({ values, dims }: SparseTensorProto): number {
  const size = elementCount(dims.map(Number));
  return Number.isNaN(size) ? Infinity : size * (elementBytes(values?.dataType ?? 0) ?? 1);
}

/** Indices are places in the flat tensor, or a row of coordinates for each value (onnx.proto, SparseTensorProto). */
function dense({ values, indices, dims: shape }: SparseTensorProto, where: string): TensorProto {
  const name = values?.name ?? '';
  const refuse = (why: string) =>
    new UserError(`${where}: sparse initializer "${name}" ${why}: the file is damaged`);
  if (values === undefined || indices === undefined) throw refuse('has no values or no indices');
  const bytes = elementBytes(values.dataType);
  if (bytes === undefined)
    throw new UserError(`${where}: sparse initializer "${name}" has an element type that is not read`);
  const dims = shape.map(Number);
  const size = elementCount(dims);
  if (!(size >= 0 && size * bytes <= MAX_BYTES)) throw refuse(`has shape [${dims.join(', ')}]`);
  const given = readTensor(values, where);
  const places = Array.from(readTensor(indices, where).data, Number);
  const rank = indices.dims.length === 2 ? dims.length : 1;
  if (places.length !== given.data.length * rank)
    throw refuse('has another number of indices than of values');
  const source = new Uint8Array(
    given.data.buffer as ArrayBuffer,
    given.data.byteOffset,
    given.data.byteLength,
  );
  const rawData = new Uint8Array(size * bytes);
  for (let i = 0; i < given.data.length; i++) {
    const place =
      rank === 1 ? places[i] : dims.reduce((flat, d, axis) => flat * d + places[i * rank + axis], 0);
    if (!(place >= 0 && place < size)) throw refuse(`has an index beyond its shape [${dims.join(', ')}]`);
    rawData.set(source.subarray(i * bytes, (i + 1) * bytes), place * bytes);
  }
  return shallow(values, {
    dims: shape,
    rawData,
    floatData: [],
    int32Data: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
  });
}
