import { realpath, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { elementCount } from '../numerics/tensor.ts';
import { type Place, pathWithin } from '../paths.ts';
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  TensorProto_DataLocation,
} from './gen/onnx_pb.ts';
import {
  MAX_IN_MEMORY_BYTES,
  MIN_STORED_BYTES,
  readStored,
  storeBytes,
  type ValueFile,
} from './stored-values.ts';
import { bytesAsFloat32, elementBytes, isExternal } from './tensors.ts';

/** Bytes of one tensor: what ONNX Runtime takes in one piece. */
const MAX_TENSOR_BYTES = 2 ** 31 - 1;

/** Where the values of a tensor lie: bytes [offset, offset + length) of a file. */
interface Extent {
  readonly location: string;
  readonly offset: number;
  /** Undefined for as much as the tensor needs. */
  readonly length: number | undefined;
}

type Whole = Extent & { readonly length: number };

/**
 * Every tensor of a model whose values lie in another file, wherever a message has one: ONNX Runtime would open what is
 * not found here, whoever named it.
 */
export function externalTensors(model: ModelProto): TensorProto[] {
  return allTensors(model).filter(isExternal);
}

/** Every tensor of a model, wherever a message has one. */
export function allTensors({ graph, functions }: ModelProto): TensorProto[] {
  const defaults = functions.flatMap(({ attributeProto }) => attributeProto.flatMap(tensorsOfAttribute));
  return [...tensorsOf(graph!), ...functions.flatMap(({ node }) => node.flatMap(tensorsOfNode)), ...defaults];
}

function tensorsOf({ initializer, sparseInitializer, node }: GraphProto): TensorProto[] {
  return [...initializer, ...sparseInitializer.flatMap(partsOf), ...node.flatMap(tensorsOfNode)];
}

function tensorsOfNode({ attribute }: NodeProto): TensorProto[] {
  return attribute.flatMap(tensorsOfAttribute);
}

function tensorsOfAttribute({
  t,
  tensors,
  sparseTensor,
  sparseTensors,
  g,
  graphs,
}: AttributeProto): TensorProto[] {
  return [
    ...present(t),
    ...tensors,
    ...[...present(sparseTensor), ...sparseTensors].flatMap(partsOf),
    ...[...present(g), ...graphs].flatMap(tensorsOf),
  ];
}

function partsOf({ values, indices }: SparseTensorProto): TensorProto[] {
  return [...present(values), ...present(indices)];
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/**
 * The file of a tensor's values as a path relative to the model's folder, without `.` and `..`.
 *
 * @throws UserError when the path is none, or leads out of the model's folder
 */
export function locationOf(tensor: TensorProto, where: string): string {
  const { location } = extentOf(tensor);
  const path = posix.normalize(location);
  if (
    !/^[^\\\0]{1,1024}$/.test(location) ||
    path.endsWith('/') ||
    /^(\/|\.$|\.\.(\/|$)|[A-Za-z]:)/.test(path)
  ) {
    throw new UserError(
      `${where}: tensor "${tensor.name}" keeps its data in "${location}": external data must lie beside the model or in a folder below it`,
    );
  }
  return path;
}

/**
 * The real path of a file of external data. It lies where the model's name says; where that is a link and nothing lies
 * beside it, beside what it leads to.
 *
 * @param file the model as it was named: a link is not followed
 * @param root absolute folder that no link may leave
 * @throws UserError when there is none, it is no regular file, a link out of `root`, or a Git LFS pointer
 */
export async function findExternal(
  file: string,
  location: string,
  root: string,
  where: string,
): Promise<string> {
  const beside: Place = { folder: dirname(file), root };
  const behind: Place = { folder: dirname(await realpath(file)), root: await realpath(root) };
  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  const place = (await isThere(join(beside.folder, location))) ? beside : behind;
  try {
    const path = await pathWithin(place, location);
    if (!(await stat(path)).isFile()) throw new UserError(`${location} is no file: give the data itself`);
    return path;
  } catch (error) {
    throw new UserError(`${where}: external data ${messageOf(error)}`);
  }
}

/**
 * Gives tensors their values: where they are not too much for memory together they are read into it, and otherwise they stay
 * where they lie and are read tensor by tensor when they are asked for.
 *
 * @param files the file of each location
 * @throws UserError when a tensor reaches beyond its file, is too large to be read, or its file is written to meanwhile
 */
export function placeExternal(
  tensors: readonly TensorProto[],
  files: ReadonlyMap<string, ValueFile>,
  where: string,
  mostInMemory = MAX_IN_MEMORY_BYTES,
): void {
  const extents = tensors.map((tensor) => {
    const file = files.get(locationOf(tensor, where))!;
    const extent = checkedExtent(tensor, file.size, where);
    const size = bytesAsFloat32(extent.length, tensor.dataType);
    return { ...extent, location: locationOf(tensor, where), file, size };
  });
  const all = new Map(extents.map((each) => [keyOf(each), each]));
  checkOverlap(all.values(), where);
  const total = [...all.values()].reduce((sum, { size }) => sum + size, 0);
  const known = new Map<string, Uint8Array>();
  tensors.forEach((tensor, i) => {
    const [values, key] = [extents[i], keyOf(extents[i])];
    tensor.externalData = [];
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    if (total > mostInMemory && values.size >= MIN_STORED_BYTES) {
      storeBytes(tensor, values);
      return;
    }
    tensor.rawData = known.get(key) ?? readStored(values);
    known.set(key, tensor.rawData);
  });
}

const keyOf = ({ location, offset, length }: Whole) => JSON.stringify([location, offset, length]);

/** Tensors that share an extent share its bytes; those that overlap otherwise would take more memory than there are bytes in the files. */
function checkOverlap(extents: Iterable<Whole & { readonly file: ValueFile }>, where: string): void {
  const left = new Map<string, number>();
  for (const { location, length, file } of extents) {
    const rest = (left.get(location) ?? file.size) - length;
    if (rest < 0)
      throw new UserError(
        `${where}: tensors overlap in external data ${location}: save the model again, with data of its own for each`,
      );
    left.set(location, rest);
  }
}

function checkedExtent(tensor: TensorProto, size: number, where: string): Whole {
  const needed = bytesOf(tensor);
  const { offset, length = needed ?? size - offset, location } = extentOf(tensor);
  if (!(offset >= 0 && length >= 0 && offset + length <= size))
    throw new UserError(
      `${where}: tensor "${tensor.name}" reaches beyond the end of its external data ${location}: the file is damaged`,
    );
  if (length !== (needed ?? length))
    throw new UserError(
      `${where}: tensor "${tensor.name}" has ${length} bytes of external data, its shape needs ${needed}: the file is damaged`,
    );
  if (length > MAX_TENSOR_BYTES)
    throw new UserError(`${where}: tensor "${tensor.name}" is larger than 2 GiB: split it into several`);
  return { offset, length, location };
}

/** Bytes that the shape of a tensor needs; undefined for types that are not read. */
function bytesOf({ dims, dataType }: TensorProto): number | undefined {
  const each = elementBytes(dataType);
  return each && each * elementCount(dims.map(Number));
}

function extentOf({ externalData }: TensorProto): Extent {
  const field = (key: string) => externalData.find((entry) => entry.key === key)?.value;
  const length = field('length');
  return {
    location: field('location') ?? '',
    offset: Number(field('offset') ?? 0),
    length: length === undefined ? undefined : Number(length),
  };
}
