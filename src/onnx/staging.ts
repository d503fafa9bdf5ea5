import { constants } from 'node:fs';
import { copyFile, lstat, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { sha256OfFiles } from '../sha256.ts';
import { type GraphProto, type ModelProto, TensorProto_DataLocation } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { opsetOf, parseModel, serializeModel } from './model.ts';
import { isExternal } from './tensors.ts';

/** Protobuf's own limit of one message; larger weights belong into external data. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** A model and its declared external data, alone in a directory that nobody else writes. */
export interface StagedModel {
  readonly model: ModelProto;
  /** The path that a runtime opens. */
  readonly path: string;
  readonly folder: string;
  /** SHA-256 over the model file and its external data files, in the order of their names. */
  readonly sha256: string;
  readonly opset: number;
  remove(): Promise<void>;
}

/**
 * Copies a model and the external data it names into an empty directory, so that whatever opens it there can
 * reach nothing else. External data must be regular files with plain names in the model's own folder.
 * Initializers that IR 3 lists as inputs as well are no longer listed: they are weights, and the runtime may fold them.
 *
 * @throws UserError when the file is missing or not a model, or external data lies elsewhere
 */
export async function stageModel(file: string, where = basename(file)): Promise<StagedModel> {
  const size = await stat(file).then(
    (s) => (s.isFile() ? s.size : undefined),
    () => undefined,
  );
  if (size === undefined)
    throw new UserError(`${where} does not exist or is not a file: check the model's path`);
  if (size > MAX_MODEL_BYTES)
    throw new UserError(`${where} is larger than 2 GiB: save its weights as external data`);
  const bytes = await readFile(file);
  const model = withoutWeightInputs(parseModel(bytes, where));
  const names = externalFiles(model.graph!, where);
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-model-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const name of names) {
      const source = await plainFile(dirname(file), name, where);
      await copyFile(source, join(folder, name), constants.COPYFILE_FICLONE);
    }
    const copies = names.map((name) => join(folder, name));
    const sha256 = await sha256OfFiles(copies, bytes);
    const path = join(folder, 'model.onnx');
    await writeFile(path, serializeModel(model));
    return { model, path, folder, sha256, opset: opsetOf(model)!, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Initializers that a model of IR 3 lists as inputs become plain weights, which IR 4 introduced. */
export function withoutWeightInputs(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const weights = new Set(graph.initializer.map((t) => t.name));
  const input = graph.input.filter((i) => !weights.has(i.name));
  const irVersion = model.irVersion < 4n ? 4n : model.irVersion;
  return shallow(model, { irVersion, graph: shallow(graph, { input }) });
}

/** The same model with the initializers of its main graph that lie in files of `folder` read into it. */
export async function withInlineData(model: ModelProto, folder: string, where: string): Promise<ModelProto> {
  const graph = model.graph!;
  if (!graph.initializer.some(isExternal)) return model;
  const files = new Map<string, Uint8Array>();
  for (const name of externalFiles(graph, where))
    files.set(name, await readFile(await plainFile(folder, name, where)));
  const initializer = graph.initializer.map((tensor) => {
    if (!isExternal(tensor)) return tensor;
    const field = (key: string) => tensor.externalData.find((e) => e.key === key)?.value;
    const file = files.get(field('location')!)!;
    const offset = Number(field('offset') ?? 0);
    const length = Number(field('length') ?? file.length - offset);
    if (!(offset >= 0 && length >= 0 && offset + length <= file.length)) {
      throw new UserError(
        `${where}: tensor "${tensor.name}" reaches beyond the end of its external data: the file is damaged`,
      );
    }
    return shallow(tensor, {
      rawData: file.subarray(offset, offset + length),
      externalData: [],
      dataLocation: TensorProto_DataLocation.DEFAULT,
    });
  });
  return shallow(model, { graph: shallow(graph, { initializer }) });
}

/**
 * The names of the external data files beside a model.
 *
 * @throws UserError when the file cannot be read as a model, or external data lies elsewhere
 */
export async function readExternalNames(file: string, where = basename(file)): Promise<readonly string[]> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UserError(`${where} cannot be read (${messageOf(error)}): check the model's path`);
  });
  return externalFiles(parseModel(bytes, where).graph!, where);
}

function externalFiles(graph: GraphProto, where: string, into = new Set<string>()): string[] {
  const tensors = [...graph.initializer];
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      if (attribute.t !== undefined) tensors.push(attribute.t);
      tensors.push(...attribute.tensors);
      if (attribute.g !== undefined) externalFiles(attribute.g, where, into);
      for (const body of attribute.graphs) externalFiles(body, where, into);
    }
  }
  for (const tensor of tensors.filter(isExternal)) {
    const location = tensor.externalData.find((e) => e.key === 'location')?.value ?? '';
    if (
      !/^[^/\\\0]{1,255}$/.test(location) ||
      location === '.' ||
      location === '..' ||
      location === 'model.onnx'
    ) {
      throw new UserError(
        `${where}: tensor "${tensor.name}" keeps its data in "${location}": external data must be a plain file name beside the model`,
      );
    }
    into.add(location);
  }
  return [...into].sort();
}

async function plainFile(folder: string, name: string, where: string): Promise<string> {
  const path = join(folder, name);
  const missing = () =>
    new UserError(
      `${where}: external data "${name}" is not beside the model: fetch it (Git LFS?) or export again`,
    );
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) throw missing();
  const inside = await realpath(path).then((real) => dirname(real), messageOf);
  if (!info.isFile() || inside !== (await realpath(folder))) {
    throw new UserError(
      `${where}: external data "${name}" is a link or not a regular file: put the data itself beside the model`,
    );
  }
  return path;
}
