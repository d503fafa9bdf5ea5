import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { elementCount } from '../numerics/tensor.ts';
import { type Place, pathWithin } from '../paths.ts';
import { type GraphProto, type TensorProto, TensorProto_DataLocation } from './gen/onnx_pb.ts';
import { bodiesOf } from './graph.ts';
import { elementBytes, isExternal } from './tensors.ts';

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

/** Every tensor of a graph and of the bodies in it whose values lie in another file. */
export function externalTensors(graph: GraphProto): TensorProto[] {
  const found = graph.initializer.filter(isExternal);
  for (const node of graph.node) {
    for (const { t, tensors } of node.attribute)
      found.push(...[...(t === undefined ? [] : [t]), ...tensors].filter(isExternal));
    for (const body of bodiesOf(node)) found.push(...externalTensors(body));
  }
  return found;
}

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
 * Reads the values of tensors into them, each by itself.
 *
 * @param paths the file of each location
 * @throws UserError when a tensor reaches beyond its file, or is too large to be read
 */
export async function readExternal(
  tensors: readonly TensorProto[],
  paths: ReadonlyMap<string, string>,
  where: string,
): Promise<void> {
  const files = new Map<string, FileHandle>();
  const read = onceEach(where);
  try {
    for (const tensor of tensors) {
      const location = locationOf(tensor, where);
      const file = files.get(location) ?? (await open(paths.get(location)!));
      files.set(location, file);
      tensor.rawData = await read(tensor, file, location);
      tensor.externalData = [];
      tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
}

/**
 * Reads each extent of a file once: tensors that share one share its bytes, and those that overlap otherwise would take
 * more memory than there are bytes in the files.
 */
function onceEach(where: string) {
  const known = new Map<string, Promise<Uint8Array>>();
  const left = new Map<string, number>();
  return async (tensor: TensorProto, file: FileHandle, location: string): Promise<Uint8Array> => {
    const { size } = await file.stat();
    const { offset, length } = checkedExtent(tensor, size, where);
    const key = JSON.stringify([location, offset, length]);
    const values = known.get(key);
    if (values !== undefined) return values;
    const rest = (left.get(location) ?? size) - length;
    if (rest < 0)
      throw new UserError(
        `${where}: tensors overlap in external data ${location}: save the model again, with data of its own for each`,
      );
    left.set(location, rest);
    const fresh = bytesAt(file, { location, offset, length }, where);
    known.set(key, fresh);
    return fresh;
  };
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

async function bytesAt(
  file: FileHandle,
  { location, offset, length }: Whole,
  where: string,
): Promise<Uint8Array> {
  const values = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(values, done, length - done, offset + done);
    if (bytesRead === 0) throw new UserError(`${where}: external data ${location} became shorter: try again`);
    done += bytesRead;
  }
  return values;
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
