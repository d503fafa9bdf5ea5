import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { messageOf, UserError } from '../errors.ts';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, type GraphView, viewGraph } from '../onnx/graph.ts';
import { parseModel } from '../onnx/model.ts';
import { type StagedModel, withInlineData, withoutWeightInputs } from '../onnx/staging.ts';
import { originalWeightNames } from '../onnx/user-names.ts';
import { openModel } from './open-model.ts';
import type { Port, Runtime } from './runtime.ts';

/** A model as ONNX Runtime's optimizer leaves it: constants and BatchNormalization folded, tensor names kept. */
export interface LoadedModel {
  readonly where: string;
  readonly sha256: string;
  readonly opset: number;
  readonly model: ModelProto;
  /** The wiring of its main graph. */
  readonly view: GraphView;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Element type and shape of every tensor of the main graph that has one. */
  readonly tensors: ReadonlyMap<string, Port>;
  /** The user's names of weights that folding renamed. */
  readonly weightNames: ReadonlyMap<string, string>;
}

/** Number of dimensions of a tensor; 0 where it is not known. */
export function rankOfTensor({ tensors }: LoadedModel, tensor: string): number {
  return tensors.get(tensor)?.dims.length ?? 0;
}

/**
 * Runs ONNX Runtime's `basic` graph optimizer over a staged model and reads the result.
 *
 * @throws UserError when ONNX Runtime cannot load the model (unknown operator, contradicting shapes, …)
 */
export async function simplify(staged: StagedModel, where: string, runtime: Runtime): Promise<LoadedModel> {
  const saveTo = join(staged.folder, 'simplified.onnx');
  try {
    const session = await runtime.open(staged.path, { optimize: 'basic', saveTo }, 'cpu');
    await session.close();
    const saved = withoutWeightInputs(parseModel(await readFile(saveTo), where));
    const model = await withInlineData(saved, staged.folder, where);
    const { tensors, inputs, outputs } = await typesOf(model, runtime);
    const view = viewGraph(model);
    const weightNames = originalWeightNames(staged.model, view);
    const { sha256, opset } = staged;
    return { where, sha256, opset, model, view, inputs, outputs, tensors, weightNames };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where}: ONNX Runtime cannot load this model (${messageOf(error).slice(0, 300)})`);
  }
}

/** Lets ONNX Runtime infer every type and shape by declaring every tensor an output. */
async function typesOf(model: ModelProto, runtime: Runtime) {
  const { model: open } = editableCopy(model);
  const declared = new Set(open.graph.output.map((o) => o.name));
  for (const node of open.graph.node) {
    for (const name of node.output) {
      if (name !== '' && !declared.has(name)) open.graph.output.push(create(ValueInfoProtoSchema, { name }));
    }
  }
  const session = await openModel(open, { optimize: 'none' }, runtime, 'cpu');
  const { inputs, outputs } = session;
  await session.close();
  const tensors = new Map([...inputs, ...outputs].map((port) => [port.name, port]));
  return { inputs, outputs: outputs.filter((o) => declared.has(o.name)), tensors };
}
