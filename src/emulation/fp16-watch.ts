import { create } from '@bufbuild/protobuf';
import { OVERFLOW_FLOAT16 } from '../numerics/float16.ts';
import { addFloats, addNode, type Draft, draftFor, partOf, sharedConstant } from '../onnx/draft.ts';
import { type GraphProto, type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { Fp16Tensor } from '../quantization/fp16-places.ts';
import { fp16Witnesses } from '../quantization/fp16-witnesses.ts';
import type { Planned } from '../quantization/planned.ts';

/** The largest float32 that binary16 still has room for. */
const LIMIT = OVERFLOW_FLOAT16 - 2 ** -8;

/** What watches the values of a graph that are rounded to binary16. */
export interface Fp16Watch {
  /** The name of an output: a number that is finite in a run in which no value is beyond binary16. */
  readonly sum: string;
  /** What may be, in the order of the graph. */
  readonly tensors: readonly Fp16Tensor[];
  /** The names of the values before they are rounded, by tensor. */
  readonly exact: ReadonlyMap<string, string>;
}

/** A model that computes in FP16, as {@link watchSum} left it. */
export interface WatchedModel {
  readonly model: ModelProto;
  readonly fp16: Fp16Watch;
}

/**
 * Watches what is rounded to binary16 by one number: a sum is infinite, or no number, where a value is. Every tensor is read
 * once, and those alone that tell of the others as well.
 *
 * @param all in the order of the graph
 * @returns undefined where no value can do harm
 */
export function watchSum(
  graph: GraphProto,
  draft: Draft,
  { planned, all, exact }: { planned: Planned; all: readonly Fp16Tensor[]; exact: Fp16Watch['exact'] },
): Fp16Watch | undefined {
  const tensors = all.filter(({ beyond }) => beyond !== 'never');
  if (tensors.length === 0) return undefined;
  const sums = fp16Witnesses(planned, tensors).map(({ name, beyond }) => {
    const part = partOf(draft);
    // What a Softmax does not see may be as deep as it likes.
    const operator = beyond === 'above' ? 'ReduceMax' : 'ReduceSum';
    const sum = addNode(part, operator, [name], `quantgate/fp16/${name}/sum`, { keepdims: 0 });
    return { sum, nodes: part.nodes };
  });
  const last = partOf(draft);
  const sum = addNode(
    last,
    'Sum',
    sums.map((each) => each.sum),
    'quantgate/fp16/sum',
  );
  // Of what a node reads ONNX Runtime computes the last first: each tensor is watched as soon as it is there.
  graph.node.push(...sums.toReversed().flatMap(({ nodes }) => nodes), ...last.nodes);
  graph.output.push(create(ValueInfoProtoSchema, { name: sum }));
  return { sum, tensors, exact };
}

/**
 * The same model with another watch, which takes longer: an output that is a vector of the largest value of each tensor in a
 * run, before it is rounded, in the order of the watched ones.
 */
export function withLargest(
  { model: watched, fp16 }: WatchedModel,
  opset: number,
): { readonly model: ModelProto; readonly largest: string } {
  const { model } = editableCopy(watched);
  const { graph } = model;
  const draft = draftFor(opset, graph);
  const single = { type: 'int64', dims: [1], data: BigInt64Array.of(1n) } as const;
  const shape = sharedConstant(draft, 'quantgate/fp16/single', single);
  const parts = fp16.tensors.map((tensor) => {
    const part = partOf(draft);
    return { largest: largestOf(part, tensor, fp16.exact.get(tensor.name)!, shape), nodes: part.nodes };
  });
  const last = partOf(draft);
  const largest = addNode(
    last,
    'Concat',
    parts.map((each) => each.largest),
    'quantgate/fp16/largest',
    { axis: 0 },
  );
  graph.node.push(...parts.toReversed().flatMap(({ nodes }) => nodes), ...last.nodes);
  graph.initializer.push(...draft.constants);
  onlyOutputs(
    graph,
    new Set([...graph.output.map(({ name }) => name), largest].filter((name) => name !== fp16.sum)),
  );
  return { model, largest };
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
  { model: watched, fp16 }: WatchedModel,
  opset: number,
  names: readonly string[],
): { readonly model: ModelProto; readonly counts: readonly Counts[] } {
  const { model } = editableCopy(watched);
  const { graph } = model;
  const draft = draftFor(opset, graph);
  const counts = names.map((name): Counts => {
    const wanted = (step: string) => `quantgate/fp16/${name}/${step}`;
    const values = fp16.exact.get(name)!;
    const magnitude = addNode(draft, 'Abs', [values], wanted('sized'));
    const limit = addFloats(draft, wanted('limit'), [LIMIT]);
    const over = addNode(draft, 'Greater', [magnitude, limit], wanted('over'));
    const counted = addNode(draft, 'Cast', [over], wanted('counted'), { to: dataTypeOf('float32') });
    const beyond = addNode(draft, 'ReduceSum', [counted], wanted('beyond'), { keepdims: 0 });
    return { beyond, all: addNode(draft, 'Size', [values], wanted('all')) };
  });
  graph.node.push(...draft.nodes);
  graph.initializer.push(...draft.constants);
  onlyOutputs(graph, new Set(counts.flatMap(({ beyond, all }) => [beyond, all])));
  return { model, counts };
}
