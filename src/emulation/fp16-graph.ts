import { float16Weights } from '../numerics/float16.ts';
import { addConstant, addNode, type Draft, draftFor, freshTensor, partOf, putNode } from '../onnx/draft.ts';
import type { GraphProto, ModelProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, makeNode } from '../onnx/graph.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import { type Fp16Places, fp16Places } from '../quantization/fp16-places.ts';
import type { Planned } from '../quantization/planned.ts';
import type { Fp16Watch } from './fp16-watch.ts';

/** A graph to be edited that has the tensors of the model under their names. */
interface Edited {
  readonly graph: GraphProto;
  /** The node of the graph for one of the model. */
  copyOf(node: NodeProto): NodeProto;
  /** Its constants are still to be added. */
  readonly draft: Draft;
}

/**
 * Lets a graph compute in FP16 what is not integer, as engines that accumulate in float32 do: a Cast to float16 and back
 * behind every operator whose output is a binary16 tensor, which rounds to nearest, ties to even, keeps subnormal numbers and
 * makes infinities of what is beyond 65,504.
 *
 * @returns what is to be watched; undefined where nothing is, as the target has no such engine or is asked for float32
 */
export function computeInFp16({ graph, copyOf, draft }: Edited, planned: Planned): Fp16Watch | undefined {
  const { model, scheme } = planned;
  const rules = scheme.target.fp16;
  if (rules === undefined || scheme.float !== 'fp16') return undefined;
  const places = fp16Places(planned, rules);
  for (const [name, uses] of places.constants) {
    const { dims, data } = readTensor(model.view.initializers.get(name)!, model.where);
    const values = { type: 'float32', dims, data: float16Weights(data as Float32Array) } as const;
    const rounded = addConstant(draft, `${name}/fp16`, values);
    for (const { node, input } of uses) copyOf(node).input[input] = rounded;
  }
  const first = partOf(draft);
  for (const [name, uses] of places.inputs) {
    const rounded = freshTensor(draft, `${name}/rounded`);
    round(first, name, rounded);
    for (const { node, input } of uses) copyOf(node).input[input] = rounded;
  }
  const exact = roundBehind(graph, draft, places);
  graph.node = [...first.nodes, ...graph.node];
  const tensors = places.tensors.filter(({ beyond }) => beyond !== 'never');
  return tensors.length === 0 ? undefined : { tensors, exact };
}

/** A model in which nothing is quantized, and which computes in FP16 what its target does not compute with integers. */
export function fp16Model(planned: Planned): ModelProto {
  const { model, copyOf } = editableCopy(planned.model.model);
  const { graph } = model;
  const draft = draftFor(planned.model.opset, graph);
  computeInFp16({ graph, copyOf, draft }, planned);
  graph.initializer.push(...draft.constants);
  return model;
}

function round(draft: Draft, from: string, to: string): void {
  const half = addNode(draft, 'Cast', [from], `${to}/fp16`, { to: dataTypeOf('float16') });
  putNode(draft, makeNode('Cast', [half], [to], { to: dataTypeOf('float32') }));
}

/** Whatever has a tensor's name has the rounded values; gives the names of those before. */
function roundBehind(graph: GraphProto, draft: Draft, { tensors }: Fp16Places): Map<string, string> {
  const exact = new Map(tensors.map(({ name }) => [name, freshTensor(draft, `${name}/fp32`)]));
  graph.node = graph.node.flatMap((node) => {
    const rounded = node.output.filter((name) => exact.has(name));
    if (rounded.length === 0) return [node];
    const part = partOf(draft);
    for (const name of rounded) round(part, exact.get(name)!, name);
    node.output = node.output.map((name) => exact.get(name) ?? name);
    return [node, ...part.nodes];
  });
  return exact;
}
