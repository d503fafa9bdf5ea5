import { create } from '@bufbuild/protobuf';
import { float16Weights, OVERFLOW_FLOAT16 } from '../numerics/float16.ts';
import {
  addConstant,
  addFloats,
  addNode,
  type Draft,
  draftFor,
  freshTensor,
  partOf,
  putNode,
  sharedConstant,
} from '../onnx/draft.ts';
import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../onnx/gen/onnx_pb.ts';
import { editableCopy, makeNode } from '../onnx/graph.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import { type Fp16Places, type Fp16Tensor, fp16Places } from '../quantization/fp16-places.ts';
import type { Planned } from '../quantization/planned.ts';

/** The largest float32 that binary16 still has room for. */
const LIMIT = OVERFLOW_FLOAT16 - 2 ** -8;

/** An output of a graph that watches what is rounded to binary16. */
export interface Fp16Watch {
  /** A vector of the largest value of each tensor in a run, before it is rounded. */
  readonly output: string;
  /** In the order of that vector, which is that of the graph. */
  readonly tensors: readonly Fp16Tensor[];
  /** The names of the values before they are rounded, by tensor. */
  readonly exact: ReadonlyMap<string, string>;
}

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
 * @returns undefined where the target has no such engine or is asked for float32
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
  return watch(graph, draft, places.tensors, exact);
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

/** Outputs that count values of a tensor: a scalar over a whole run. */
export interface Counts {
  /** Those that become infinite. */
  readonly beyond: string;
  readonly all: string;
}

/**
 * An emulation that does nothing but count the values of some tensors that it watches.
 *
 * @returns the counts, in the order of the names
 */
export function countBeyond(
  emulation: { readonly model: ModelProto; readonly fp16: Fp16Watch },
  opset: number,
  names: readonly string[],
): { readonly model: ModelProto; readonly counts: readonly Counts[] } {
  const { model } = editableCopy(emulation.model);
  const { graph } = model;
  const draft = draftFor(opset, graph);
  const counts = names.map((name): Counts => {
    const wanted = (step: string) => `quantgate/fp16/${name}/${step}`;
    const values = emulation.fp16.exact.get(name)!;
    const magnitude = addNode(draft, 'Abs', [values], wanted('sized'));
    const over = addNode(
      draft,
      'Greater',
      [magnitude, addFloats(draft, wanted('limit'), [LIMIT])],
      wanted('over'),
    );
    const counted = addNode(draft, 'Cast', [over], wanted('counted'), { to: dataTypeOf('float32') });
    const beyond = addNode(draft, 'ReduceSum', [counted], wanted('beyond'), { keepdims: 0 });
    return { beyond, all: addNode(draft, 'Size', [values], wanted('all')) };
  });
  graph.node.push(...draft.nodes);
  graph.initializer.push(...draft.constants);
  onlyOutputs(graph, new Set(counts.flatMap(({ beyond, all }) => [beyond, all])));
  return { model, counts };
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

function watch(
  graph: GraphProto,
  draft: Draft,
  all: readonly Fp16Tensor[],
  exact: ReadonlyMap<string, string>,
): Fp16Watch | undefined {
  const tensors = all.filter(({ beyond }) => beyond !== 'never');
  if (tensors.length === 0) return undefined;
  const single = { type: 'int64', dims: [1], data: BigInt64Array.of(1n) } as const;
  const shape = sharedConstant(draft, 'quantgate/fp16/single', single);
  const watched = tensors.map((tensor) => {
    const part = partOf(draft);
    return { largest: largestOf(part, tensor, exact.get(tensor.name)!, shape), nodes: part.nodes };
  });
  const last = partOf(draft);
  const largest = watched.map((each) => each.largest);
  const output = addNode(last, 'Concat', largest, 'quantgate/fp16/largest', { axis: 0 });
  // Of what a node reads ONNX Runtime computes the last first: each tensor is watched as soon as it is there.
  graph.node.push(...watched.toReversed().flatMap(({ nodes }) => nodes), ...last.nodes);
  graph.output.push(create(ValueInfoProtoSchema, { name: output }));
  return { output, tensors, exact };
}

/** @returns the name of a vector of one number */
function largestOf(draft: Draft, { name, beyond }: Fp16Tensor, values: string, shape: string): string {
  const wanted = (step: string) => `quantgate/fp16/${name}/${step}`;
  const most = addNode(draft, 'ReduceMax', [values], wanted('most'), { keepdims: 0 });
  if (beyond === 'above') return addNode(draft, 'Reshape', [most, shape], wanted('largest'));
  const zero = sharedConstant(draft, 'quantgate/fp16/zero', {
    type: 'float32',
    dims: [],
    data: new Float32Array(1),
  });
  // A second reduction is faster than a tensor of magnitudes.
  const least = addNode(draft, 'ReduceMin', [values], wanted('least'), { keepdims: 0 });
  const below = addNode(draft, 'Sub', [zero, least], wanted('below'));
  const both = addNode(draft, 'Max', [most, below], wanted('both'));
  return addNode(draft, 'Reshape', [both, shape], wanted('largest'));
}
