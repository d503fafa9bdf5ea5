import { constants } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { sha256OfFiles } from '../sha256.ts';
import { checkExtent, externalTensors, findExternal, locationOf, readExternal } from './external-data.ts';
import type { ModelProto, TensorProto } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { opsetOf, parseModel, serializeModel } from './model.ts';

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
 * reach nothing else. External data lie in the model's own folder or below; links may lead anywhere within `root`.
 * Initializers that IR 3 lists as inputs as well are no longer listed: they are weights, and the runtime may fold them.
 *
 * @param file absolute path of the model as it was named
 * @param root absolute folder that neither the model nor its data may leave
 * @throws UserError when the file is missing or not a model, or external data lie elsewhere, are missing or too short
 */
export async function stageModel(
  file: string,
  where = basename(file),
  root = dirname(file),
): Promise<StagedModel> {
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
  const external = externalTensors(model.graph!);
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-model-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const copies = new Map<string, string>();
    for (const location of locationsOf(external, where)) {
      // Under a name of its own no file can take the place of another one here.
      const name = `data-${copies.size}`;
      const source = await findExternal(file, location, root, where);
      await copyFile(source, join(folder, name), constants.COPYFILE_FICLONE);
      copies.set(location, name);
    }
    const paths = [...copies.values()].map((name) => join(folder, name));
    const sha256 = await sha256OfFiles(paths, bytes);
    for (const tensor of external) {
      const name = copies.get(locationOf(tensor, where))!;
      checkExtent(tensor, (await stat(join(folder, name))).size, where);
      tensor.externalData.find((entry) => entry.key === 'location')!.value = name;
    }
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
  const initializer = await readExternal(graph.initializer, folder, where);
  return shallow(model, { graph: shallow(graph, { initializer }) });
}

/**
 * The external data files of a model, as paths relative to its folder.
 *
 * @throws UserError when the file cannot be read as a model, or external data lie elsewhere
 */
export async function readExternalNames(file: string, where = basename(file)): Promise<readonly string[]> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UserError(`${where} cannot be read (${messageOf(error)}): check the model's path`);
  });
  return locationsOf(externalTensors(parseModel(bytes, where).graph!), where);
}

function locationsOf(tensors: readonly TensorProto[], where: string): string[] {
  return [...new Set(tensors.map((tensor) => locationOf(tensor, where)))].sort();
}
