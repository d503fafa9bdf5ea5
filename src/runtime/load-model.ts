import { UserError } from '../errors.ts';
import { checkNodeCount } from '../onnx/check.ts';
import { withDenseInitializers } from '../onnx/dense.ts';
import { foldIntoLayers } from '../onnx/fold-into-layers.ts';
import type { GraphProto, ModelProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, shallow, viewGraph } from '../onnx/graph.ts';
import { withInlinedFunctions } from '../onnx/inline.ts';
import { namesOf } from '../onnx/names.ts';
import { withoutPassing } from '../onnx/pass-through.ts';
import { dropUnread } from '../onnx/prune.ts';
import { isDequantize, isQuantize, movesIntegers } from '../onnx/qdq-rewriting.ts';
import type { ModelFile } from '../onnx/read-model.ts';
import { withKnownBranches, withStaticShapes } from '../onnx/static-shapes.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import { inFloat32 } from '../onnx/widen.ts';
import { type FileGrids, withoutQuantizers } from '../onnx/without-quantizers.ts';
import { EngineError, saidBy } from './engine-error.ts';
import { foldConstants } from './fold-constants.ts';
import { type InferredTypes, inferTypes, type TensorType } from './infer-types.ts';
import type { Port, Runtime } from './runtime.ts';

/**
 * The user's model as chips' tools see it: constants are values, BatchNormalization is in the layers, nothing passes
 * through; whatever is left is the user's, with the user's names. What an engine makes of it does not show here.
 */
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
  readonly tensors: ReadonlyMap<string, TensorType>;
  /** The user's names of weights whose name other layers needed as well when something was folded into them. */
  readonly weightNames: ReadonlyMap<string, string>;
  /** Of a file that is quantized already: its grids, which are not in `model`, and the model as it is, in float32. */
  readonly file: (FileGrids & { readonly model: ModelProto }) | undefined;
}

/** Number of dimensions of a tensor; undefined where it is not known. */
export function rankOfTensor({ tensors, view }: LoadedModel, tensor: string): number | undefined {
  return (view.initializers.get(tensor) ?? tensors.get(tensor))?.dims?.length;
}

/** Operators whose multiplications chips do with integers: a function that holds one is looked into. */
const MULTIPLYING = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Einsum', 'LSTM', 'GRU', 'RNN']);

/**
 * Loads a model that was read.
 *
 * @throws UserError when ONNX Runtime cannot load the model (unknown operator, contradicting shapes, …)
 */
export async function loadModel(given: ModelFile, where: string, runtime: Runtime): Promise<LoadedModel> {
  try {
    const plain = inFloat32(withDenseInitializers(given.model, where));
    const flat = withInlinedFunctions(plain, (node) => isStandard(node) && MULTIPLYING.has(node.opType));
    checkNodeCount(flat.graph!, where);
    const { model: plainer, types } = await foldWhatIsKnown(flat, runtime);
    const graph = withoutPassing(viewGraph(plainer), (name) => numberOf(types.tensors.get(name)));
    const names = namesOf(graph);
    const layers = foldIntoLayers(graph, names, (name) => types.tensors.get(name)?.dims?.length);
    dropUnread(layers.graph);
    const simple = shallow(plainer, { graph: layers.graph });
    const { sha256, opset } = given;
    const known = { where, sha256, opset, weightNames: layers.weightNames };
    const qdq = withoutQuantizers(simple, where);
    if (qdq === undefined) return { ...known, ...viewed(simple, types), file: undefined };
    if (!quantizesProducts(qdq.grids)) {
      const folded = await foldConstants(simple, runtime, () => false);
      return { ...known, ...viewed(folded, types), file: undefined };
    }
    const model = await foldConstants(qdq.model, runtime, () => false);
    const file = { ...qdq.grids, model: plain };
    return { ...known, ...viewed(model, await inferTypes(model, runtime)), file };
  } catch (error) {
    if (error instanceof UserError && !(error instanceof EngineError)) throw error;
    throw new UserError(`${where}: ONNX Runtime cannot load this model (${saidBy(error).slice(0, 300)})`);
  }
}

/**
 * Whether a file has a grid at what some product of matrices reads. Weights that are only stored as integers, and
 * quantizers elsewhere, leave it to the chip's tools to quantize.
 */
function quantizesProducts({ activations }: FileGrids): boolean {
  return [...activations.values()].some(({ uses }) =>
    uses.some(({ node }) => isStandard(node) && (MULTIPLYING.has(node.opType) || movesIntegers(node))),
  );
}

/** A model with its wiring, and the types of the tensors that are left in it. */
function viewed(model: ModelProto, { tensors, ...ports }: InferredTypes) {
  const view = viewGraph(model);
  const isThere = (name: string) =>
    view.producers.has(name) || view.inputs.some((input) => input.name === name);
  return { model, view, ...ports, tensors: new Map([...tensors].filter(([name]) => isThere(name))) };
}

/** Each round may make shapes known that the one before did not; exporters' plumbing needs two or three. */
const MOST_ROUNDS = 8;

/** Constants as values, shapes that are known before the model runs among them, and the branches that they choose. */
async function foldWhatIsKnown(
  given: ModelProto,
  runtime: Runtime,
): Promise<{ model: ModelProto; types: InferredTypes }> {
  let model = given;
  for (let round = 1; ; round++) {
    model = await foldConstants(model, runtime, (node) => isQuantize(node) || isDequantize(node));
    const types = await inferTypes(model, runtime);
    const changed = round < MOST_ROUNDS ? knownFrom(model, types) : undefined;
    if (changed === undefined) return { model, types };
    model = shallow(model, { graph: changed });
  }
}

function knownFrom(model: ModelProto, { tensors }: InferredTypes): GraphProto | undefined {
  const graph = model.graph!;
  return (
    withKnownBranches(graph, viewGraph(model), namesOf(graph)) ??
    withStaticShapes(graph, (name) => tensors.get(name)?.dims)
  );
}

function numberOf(type: TensorType | undefined): number | undefined {
  return type && dataTypeOf(type.type);
}
