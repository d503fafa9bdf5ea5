import { basename, dirname } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { readWhole } from '../read-file.ts';
import { sha256OfFiles } from '../sha256.ts';
import { externalTensors, findExternal, locationOf, placeExternal } from './external-data.ts';
import type { ModelProto, TensorProto } from './gen/onnx_pb.ts';
import { shallow } from './graph.ts';
import { opsetOf, parseModel } from './model.ts';
import { storedFile, type ValueFile } from './stored-values.ts';
import { withWeightsInFile } from './weights-in-file.ts';

/** Bytes: protobuf's own limit of one message is one byte more; larger weights belong into external data. */
const MAX_MODEL_BYTES = 2 ** 31 - 2 ** 20;

/** A model with all its values, in it or in the files of its external data, and what its files are. */
export interface ModelFile {
  readonly model: ModelProto;
  /** SHA-256 over the model file and its external data files, in the order of their names. */
  readonly sha256: string;
  readonly opset: number;
}

/**
 * Reads a model and the external data that it names, those of attributes, bodies and functions too. They lie in the
 * model's own folder or below; links may lead anywhere within `root`. Much of it stays there until it is asked for.
 * Initializers that IR 3 lists as inputs as well are no longer listed: they are weights, and may be folded.
 *
 * @param file absolute path of the model as it was named
 * @param root absolute folder that neither the model nor its data may leave
 * @param mostInMemory bytes, as float32, above which values in the model lie in a temporary file, and external data where they are
 * @throws UserError when the file is missing or not a model, or external data lie elsewhere, are missing or too short
 */
export async function readModel(
  file: string,
  where = basename(file),
  root = dirname(file),
  mostInMemory?: number,
): Promise<ModelFile> {
  const bytes = await readBytes(file, where);
  const model = withoutWeightInputs(withWeightsInFile(parseModel(bytes, where), bytes, mostInMemory));
  const external = externalTensors(model);
  const files = new Map<string, ValueFile>();
  for (const location of locationsOf(external, where)) {
    const path = await findExternal(file, location, root, where);
    files.set(location, storedFile(path, `${where}: external data ${location}`));
  }
  const paths = [...files.values()].map(({ path }) => path);
  const sha256 = await sha256OfFiles(paths, bytes);
  placeExternal(external, files, where, mostInMemory);
  return { model, sha256, opset: opsetOf(model)! };
}

async function readBytes(file: string, where: string): Promise<Uint8Array> {
  try {
    return await readWhole(file, MAX_MODEL_BYTES);
  } catch (error) {
    throw new UserError(
      `${where} cannot be read (${messageOf(error)}): check the model's path; weights beyond 2 GiB belong into external data`,
    );
  }
}

/** Initializers that a model of IR 3 lists as inputs become plain weights, which IR 4 introduced. */
function withoutWeightInputs(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const weights = new Set(graph.initializer.map((t) => t.name));
  const input = graph.input.filter((i) => !weights.has(i.name));
  const irVersion = model.irVersion < 4n ? 4n : model.irVersion;
  return shallow(model, { irVersion, graph: shallow(graph, { input }) });
}

/**
 * The external data files of a model, as paths relative to its folder.
 *
 * @throws UserError when the file cannot be read as a model, or external data lie elsewhere
 */
export async function readExternalNames(file: string, where = basename(file)): Promise<readonly string[]> {
  const bytes = await readBytes(file, where);
  return locationsOf(externalTensors(parseModel(bytes, where)), where);
}

function locationsOf(tensors: readonly TensorProto[], where: string): string[] {
  return [...new Set(tensors.map((tensor) => locationOf(tensor, where)))].sort();
}
