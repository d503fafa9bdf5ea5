import { create } from '@bufbuild/protobuf';
import { OVERFLOW_FLOAT16 } from '../numerics/float16.ts';
import { addFloats, addNode, type Draft, draftFor, sharedConstant } from '../onnx/draft.ts';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { Fp16Tensor } from '../quantization/fp16-places.ts';
import { fp16Witnesses } from './fp16-witnesses.ts';

/** The largest float32 that binary16 still has room for. */
const LIMIT = OVERFLOW_FLOAT16 - 2 ** -8;

/** What a graph rounds to binary16 and may be too large for it. */
export interface Fp16Watch {
  /** In the order of the graph. */
  readonly tensors: readonly Fp16Tensor[];
  /** The names of their values before they are rounded. */
  readonly exact: ReadonlyMap<string, string>;
}

/** A model that computes in FP16. */
export interface Fp16Model {
  readonly model: ModelProto;
  readonly fp16: Fp16Watch;
}

/** A model with outputs that tell of values beyond binary16 in a run; each is one number. */
export interface WatchedModel {
  readonly model: ModelProto;
  /** They are finite where no tensor but the told ones has such a value. */
  readonly sums: readonly string[];
  /** The largest value of each told tensor before it is rounded, by tensor. */
  readonly largest: ReadonlyMap<string, string>;
}

/**
 * Watches a model by more outputs. A sum is infinite, or no number, where a value is, and takes half as long as to find how
 * large: so tensors that are not expected to have such values are summed, and those alone that tell of the others.
 *
 * @param told names of the tensors whose largest values are to be told
 */
export function watchedModel(
  { model: given, fp16 }: Fp16Model,
  opset: number,
  told: ReadonlySet<string>,
): WatchedModel {
  const { model } = editableCopy(given);
  const { graph } = model;
  const draft = draftFor(opset, graph);
  const [named, others] = [true, false].map((isTold) =>
    fp16.tensors.filter(({ name }) => told.has(name) === isTold),
  );
  const sums = fp16Witnesses(graph, others).map((tensor) => sumOf(draft, tensor));
  const largest = new Map(named.map((tensor) => [tensor.name, largestOf(draft, tensor, fp16)]));
  graph.node.push(...draft.nodes);
  graph.initializer.push(...draft.constants);
  // Were they joined to one, ONNX Runtime would compute them last and keep every tensor until then.
  graph.output.push(...[...sums, ...largest.values()].map((name) => create(ValueInfoProtoSchema, { name })));
  return { model, sums, largest };
}

/** @returns the name of a number */
function sumOf(draft: Draft, { name, beyond }: Fp16Tensor): string {
  // What a Softmax does not see may be as deep as it likes.
  const operator = beyond === 'above' ? 'ReduceMax' : 'ReduceSum';
  return addNode(draft, operator, [name], `quantgate/fp16/${name}/sum`, { keepdims: 0 });
}

/** @returns the name of a number */
function largestOf(draft: Draft, { name, beyond }: Fp16Tensor, { exact }: Fp16Watch): string {
  const wanted = (step: string) => `quantgate/fp16/${name}/${step}`;
  const values = exact.get(name)!;
  const most = addNode(draft, 'ReduceMax', [values], wanted('most'), { keepdims: 0 });
  if (beyond === 'above') return most;
  const zero = { type: 'float32', dims: [], data: new Float32Array(1) } as const;
  // A second reduction is faster than a tensor of magnitudes.
  const least = addNode(draft, 'ReduceMin', [values], wanted('least'), { keepdims: 0 });
  const below = addNode(
    draft,
    'Sub',
    [sharedConstant(draft, 'quantgate/fp16/zero', zero), least],
    wanted('below'),
  );
  return addNode(draft, 'Max', [most, below], wanted('largest'));
}

/** Outputs that count values of a tensor: a scalar over a whole run. */
export interface Counts {
  /** Those that become infinite. */
  readonly beyond: string;
  readonly all: string;
}

/**
 * A model that does nothing but count the values of some tensors that it watches.
 *
 * @returns the counts, in the order of the names
 */
export function countBeyond(
  { model: given, fp16 }: Fp16Model,
  opset: number,
  names: readonly string[],
): { readonly model: ModelProto; readonly counts: readonly Counts[] } {
  const { model } = editableCopy(given);
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
