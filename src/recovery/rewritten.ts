import type { Tensor } from '../numerics/tensor.ts';
import type { NodeProto, TensorProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, shallow, type Use, viewGraph } from '../onnx/graph.ts';
import { freshName, type Names, namesOf } from '../onnx/names.ts';
import { dropUnread } from '../onnx/prune.ts';
import { makeTensor } from '../onnx/tensors.ts';
import type { TensorType } from '../runtime/infer-types.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** A model in another form. */
export interface Rewritten {
  /** Computes what the given one computes, up to the rounding of float32. */
  readonly model: LoadedModel;
  /**
   * Tensors whose values are not those of the given model, new ones among them: their ranges have to be collected anew.
   * Constants are listed where they are no weight and no bias of a layer.
   */
  readonly changed: ReadonlySet<string>;
  /** Tensors that must share one range, the one whose histogram decides first. */
  readonly tied: readonly (readonly string[])[];
}

/** A model while it is rewritten: what is to be different, while the given one stays as it is. */
export interface ModelRewriting {
  readonly given: LoadedModel;
  /** Those of the given model, and of all that was made for it. */
  readonly names: Names;
  /** Constants with new values, and new ones, by name. */
  readonly constants: Map<string, TensorProto>;
  /** What stands in the place of a node of the given model. */
  readonly nodes: Map<NodeProto, readonly NodeProto[]>;
  /** Of tensors that nodes did not make before. */
  readonly tensors: Map<string, TensorType>;
  /** As in `LoadedModel`. */
  readonly weightNames: Map<string, string>;
}

/** Begins to rewrite a model. */
export function rewrite(given: LoadedModel): ModelRewriting {
  return {
    given,
    names: namesOf(given.view.graph),
    constants: new Map(),
    nodes: new Map(),
    tensors: new Map(),
    weightNames: new Map(given.weightNames),
  };
}

/** Whether the values of a tensor count where it is read, and not its shape alone. */
export function readsValues({ node }: Use): boolean {
  return !(isStandard(node) && (node.opType === 'Shape' || node.opType === 'Size'));
}

/**
 * The one place that reads the values of a tensor, where nothing else does: no body of If, Loop or Scan, and not the
 * model's caller.
 */
export function soleUse({ uses, captured, outputs }: GraphView, tensor: string): Use | undefined {
  const found = (uses.get(tensor) ?? []).filter(readsValues);
  return found.length === 1 && !captured.has(tensor) && !outputs.has(tensor) ? found[0] : undefined;
}

/** What stands for a node by now. @throws Error for a node that more than one stands for */
export function currentNode({ nodes }: ModelRewriting, node: NodeProto): NodeProto {
  const [current, ...others] = nodes.get(node) ?? [node];
  if (others.length > 0) throw new Error(`${node.opType} "${node.name}" is replaced by several nodes`);
  return current;
}

/** Adds a constant and gives its name, the wanted one where it is free. */
export function newConstant({ names, constants }: ModelRewriting, wanted: string, tensor: Tensor): string {
  const name = freshName(names.tensors, wanted);
  constants.set(name, makeTensor(name, tensor));
  return name;
}

/** Lets a node of the given model read another tensor. Inputs that it leaves out on the way are empty. */
export function readInstead(rewriting: ModelRewriting, { node, input }: Use, tensor: string): void {
  const current = currentNode(rewriting, node);
  const length = Math.max(current.input.length, input + 1);
  const inputs = Array.from({ length }, (_, i) => (i === input ? tensor : (current.input[i] ?? '')));
  rewriting.nodes.set(node, [shallow(current, { input: inputs })]);
}

/**
 * Gives a constant that a node of the given model reads other values, under its name where nothing else reads it. What
 * others read as well stays theirs, and the node gets a constant of its own. Gives the constant's name.
 */
export function replaceConstant(rewriting: ModelRewriting, use: Use, tensor: Tensor): string {
  const { given, constants, weightNames } = rewriting;
  const { node, input } = use;
  const name = node.input[input];
  if (soleUse(given.view, name) !== undefined) {
    constants.set(name, makeTensor(name, tensor));
    return name;
  }
  const own = newConstant(rewriting, `${name}/${node.name || node.output[0]}`, tensor);
  weightNames.set(own, weightNames.get(name) ?? name);
  readInstead(rewriting, use, own);
  return own;
}

/** The model with all that was put into a rewriting, and without the constants that nothing reads any more. */
export function rewrittenModel({
  given,
  constants,
  nodes,
  tensors,
  weightNames,
}: ModelRewriting): LoadedModel {
  const kept = given.view.graph.initializer.map((tensor) => constants.get(tensor.name) ?? tensor);
  const added = [...constants.values()].filter(({ name }) => !given.view.initializers.has(name));
  const graph = shallow(given.view.graph, {
    node: given.view.graph.node.flatMap((node) => nodes.get(node) ?? [node]),
    initializer: [...kept, ...added],
  });
  dropUnread(graph);
  const model = shallow(given.model, { graph });
  return {
    ...given,
    model,
    view: viewGraph(model),
    tensors: new Map([...given.tensors, ...tensors]),
    weightNames,
  };
}
