import type { Range } from '../numerics/grid.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import type { GridRules } from '../targets/target.ts';
import type { Layer } from './layer.ts';

/** What a target asks of the grid of one or more tensors. */
export interface SharedGrid {
  /** The tensors on it, in the order of the graph; those that need no rounding of their own among them. */
  readonly tensors: readonly string[];
  /** What no calibration changes: ±∞ where an end is free. */
  readonly bounds: Range;
  readonly symmetric: boolean;
}

/** Whether calibration has no say in the range of what is on a grid. */
export function isFixed({ bounds }: SharedGrid): boolean {
  return Number.isFinite(bounds.alpha) && Number.isFinite(bounds.beta);
}

/** What a map says of a tensor, or of the first one that shares its grid. */
export function ofSharedGrid<T>(
  given: ReadonlyMap<string, T>,
  name: string,
  { grids }: { readonly grids: ReadonlyMap<string, SharedGrid> },
): T | undefined {
  const own = given.get(name);
  if (own !== undefined || given.size === 0) return own;
  const other = grids.get(name)?.tensors.find((each) => given.has(each));
  return other === undefined ? undefined : given.get(other);
}

/** A grid while tensors are put on it. */
interface Draft {
  bounds: Range;
  symmetric: boolean;
}

const FREE: Range = { alpha: -Infinity, beta: Infinity };

/**
 * The grids that are not one tensor's own, as `_apply_constraints`, `_apply_param_symmetry_to_inputs` and
 * `_tie_quantizers_for_op_types` of AIMET 2.42.0 (aimet_onnx/quantsim.py) have them.
 *
 * @param names `quantized`: all tensors that get a grid, constants among them; `beforeRelu`: those that are on a Relu's, and
 *   need no rounding of their own
 * @returns by tensor; those that the target asks nothing of are not in it
 */
export function sharedGrids(
  { view, layers }: { readonly view: GraphView; readonly layers: readonly Layer[] },
  names: { readonly quantized: Iterable<string>; readonly beforeRelu: readonly string[] },
  rules: GridRules,
): Map<string, SharedGrid> {
  const all = [...names.quantized, ...names.beforeRelu];
  const drafts = new Map(all.map((name) => [name, draftOf(view.producers.get(name), rules)]));
  const sourceOf = (name: string): string | undefined => {
    if (drafts.has(name)) return name;
    const producer = view.producers.get(name);
    return producer !== undefined && passesOn(producer, rules) ? sourceOf(producer.input[0]) : undefined;
  };
  // What stands in place of a weight is symmetric as a weight is.
  for (const { node, activations, weight } of layers) {
    const source = weight === undefined && activations.length > 1 ? sourceOf(node.input[1]) : undefined;
    if (source !== undefined) drafts.get(source)!.symmetric = true;
  }
  const graph = { view, drafts, sourceOf };
  for (const node of view.graph.node.toReversed())
    if (isOne(rules.onOutputGrid, node)) putInputsOnOutputGrid(node, graph, rules);
  for (const node of view.graph.node) if (isOne(rules.onInputGrid, node)) putOutputOnInputGrid(node, graph);
  return grouped(drafts, view);
}

interface Drafting {
  readonly view: GraphView;
  readonly drafts: Map<string, Draft>;
  /** The tensor on whose grid a tensor lies. */
  sourceOf(name: string): string | undefined;
}

function draftOf(producer: NodeProto | undefined, { fixedRanges }: GridRules): Draft {
  const bounds = (producer && isStandard(producer) && fixedRanges.get(producer.opType)) || FREE;
  return { bounds, symmetric: bounds !== FREE && bounds.alpha === -bounds.beta };
}

/** Inputs that something else reads too keep their grid, and so do those with bounds where the inputs' bounds differ. */
function putInputsOnOutputGrid(
  node: NodeProto,
  { view, drafts, sourceOf }: Drafting,
  rules: GridRules,
): void {
  const own = drafts.get(node.output[0]);
  if (own === undefined) return;
  const bounds = new Set<Range>();
  const sources = new Set<string>();
  const visited = new Set<NodeProto>();
  const look = (at: NodeProto): void => {
    if (visited.has(at)) return;
    visited.add(at);
    for (const name of at.input) {
      const source = sourceOf(name);
      if (source === undefined) continue;
      bounds.add(drafts.get(source)!.bounds);
      if (readersBetween(source, name, view) > 1) continue;
      sources.add(source);
      const producer = view.producers.get(name);
      if (producer === undefined) continue;
      if (isOne(rules.onOutputGrid, producer) || passesOn(producer, rules)) look(producer);
    }
  };
  look(node);
  const agree = bounds.size === 1;
  if (agree) [own.bounds] = bounds;
  for (const source of sources) {
    const isFree = drafts.get(source)!.bounds === FREE || isSumOf(source, view, rules);
    if (agree || isFree) drafts.set(source, own);
  }
}

/** Whether a tensor is what one of the operators that go straight onto another grid makes, behind a Relu or not. */
function isSumOf(name: string, view: GraphView, { straightOnto }: GridRules): boolean {
  const producer = view.producers.get(name);
  if (producer === undefined) return false;
  if (isOne(straightOnto, producer)) return true;
  const before = producer.opType === 'Relu' ? view.producers.get(producer.input[0]) : undefined;
  return before !== undefined && isOne(straightOnto, before);
}

/** How many nodes read a tensor, or what is moved of it on the way to another one, beside those that move it there. */
function readersBetween(source: string, name: string, view: GraphView): number {
  let readers = view.uses.get(name)?.length ?? 0;
  for (let at = name; at !== source; ) {
    at = view.producers.get(at)!.input[0];
    readers += (view.uses.get(at)?.length ?? 0) - 1;
  }
  return readers;
}

/** A Relu whose input others read as well keeps its own grid: theirs reaches below zero. */
function putOutputOnInputGrid(node: NodeProto, { view, drafts, sourceOf }: Drafting): void {
  const [from, to] = [node.input[0], node.output[0]];
  const source = sourceOf(from);
  const made = drafts.get(to);
  if (source === undefined || made === undefined) return;
  const read = drafts.get(source)!;
  if (read === made) return;
  const differ = made.bounds !== FREE && made.bounds !== read.bounds;
  // Two ranges that are both fixed cannot be one.
  if (differ && (read.bounds !== FREE || readersBetween(source, from, view) > 1)) return;
  if (differ) read.bounds = made.bounds;
  read.symmetric ||= made.symmetric;
  drafts.set(to, read);
}

function grouped(drafts: ReadonlyMap<string, Draft>, { inputs, graph }: GraphView): Map<string, SharedGrid> {
  const order = [...inputs.map(({ name }) => name), ...graph.node.flatMap(({ output }) => output)];
  const names = [...new Set([...order.filter((name) => drafts.has(name)), ...drafts.keys()])];
  const members = new Map<Draft, string[]>();
  for (const name of names) {
    const draft = drafts.get(name)!;
    members.set(draft, [...(members.get(draft) ?? []), name]);
  }
  const grids = new Map<string, SharedGrid>();
  for (const [{ bounds, symmetric }, tensors] of members) {
    if (tensors.length === 1 && bounds === FREE && !symmetric) continue;
    const shared = { tensors, bounds, symmetric };
    for (const name of tensors) grids.set(name, shared);
  }
  return grids;
}

function isOne(operators: ReadonlySet<string>, node: NodeProto): boolean {
  return isStandard(node) && operators.has(node.opType);
}

/** Whether what a node makes lies on the grid of its first input. A Cast makes values of another type. */
function passesOn(node: NodeProto, { passing }: GridRules): boolean {
  return isMoving(node) || (isOne(passing, node) && node.opType !== 'Cast');
}
