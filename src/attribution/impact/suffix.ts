import { create } from '@bufbuild/protobuf';
import type { ElementType } from '../../numerics/tensor.ts';
import { type NodeProto, type ValueInfoProto, ValueInfoProtoSchema } from '../../onnx/gen/onnx_pb.ts';
import { bodiesOf, collectReads, shallow } from '../../onnx/graph.ts';
import { dropUnread } from '../../onnx/prune.ts';
import { dataTypeOf } from '../../onnx/tensors.ts';
import type { LoadedModel } from '../../runtime/load-model.ts';
import type { SwitchModel } from './switchable.ts';

/** A switched model from a place in its graph on. */
export interface Suffix {
  readonly switched: SwitchModel;
  /** Tensors of the model that it takes as inputs, in place of all that is before. */
  readonly reads: readonly string[];
}

/** More tensors than these that are alive at a place are held for each probe. */
const MOST_ALIVE = 8;

/**
 * What of a switched model its units can change: the graph from the last place before the first of them at which little is
 * alive.
 *
 * @returns undefined where it can be cut nowhere
 */
export function suffixOf(switched: SwitchModel, model: LoadedModel): Suffix | undefined {
  const nodes = switched.model.graph!.node;
  const conditions = new Set(switched.switches.values());
  const first = nodes.findIndex(({ opType, input }) => opType === 'If' && conditions.has(input[0]));
  const alive = aliveBefore(switched);
  for (let place = first; place > 0; place--)
    if (canBeFed(alive[place], switched, model))
      return { switched: cutAt(place, switched, alive[place], model), reads: [...alive[place]] };
  return undefined;
}

/** For each place in the graph, the tensors made before it, or fed, that are read from there on. */
function aliveBefore({ model, switches, measured }: SwitchModel): ReadonlySet<string>[] {
  const graph = model.graph!;
  const elsewhere = new Set([...switches.values(), ...graph.initializer.map(({ name }) => name), '']);
  const alive = new Set(measured);
  const places: ReadonlySet<string>[] = [];
  for (const node of graph.node.toReversed()) {
    for (const name of node.output) alive.delete(name);
    const read = new Set<string>();
    collectReads(shallow(graph, { node: [node], output: [] }), read);
    const own = ownOf(node);
    for (const name of read) if (!elsewhere.has(name) && !own.has(name)) alive.add(name);
    places.push(new Set(alive));
  }
  return places.toReversed();
}

/** What the bodies of a node make and hold themselves. */
function ownOf(node: NodeProto): Set<string> {
  const own = new Set<string>();
  for (const body of bodiesOf(node)) {
    for (const { name } of [...body.initializer, ...body.input]) own.add(name);
    for (const inner of body.node) for (const name of [...inner.output, ...ownOf(inner)]) own.add(name);
  }
  return own;
}

/** What a measured tensor is before a place no unit behind it changes, and what has no name in the model cannot be made. */
function canBeFed(
  alive: ReadonlySet<string>,
  { measured }: SwitchModel,
  { tensors, inputs }: LoadedModel,
): boolean {
  if (alive.size > MOST_ALIVE || measured.some((name) => alive.has(name))) return false;
  const isInput = (name: string) => inputs.some((input) => input.name === name);
  return [...alive].every((name) => isInput(name) || tensors.get(name)?.type !== undefined);
}

function cutAt(
  place: number,
  { model, switches, measured }: SwitchModel,
  alive: ReadonlySet<string>,
  { tensors, inputs }: LoadedModel,
): SwitchModel {
  const graph = model.graph!;
  const given = new Map(graph.input.map((input) => [input.name, input]));
  const typeOf = (name: string) =>
    tensors.get(name)?.type ?? inputs.find((input) => input.name === name)!.type;
  const suffix = shallow(graph, {
    node: graph.node.slice(place),
    initializer: [...graph.initializer],
    input: [...alive, ...switches.values()].map((name) => given.get(name) ?? anyShape(name, typeOf(name))),
    output: measured.map((name) => create(ValueInfoProtoSchema, { name })),
    valueInfo: [],
  });
  dropUnread(suffix);
  return { model: shallow(model, { graph: suffix }), switches, measured };
}

function anyShape(name: string, type: ElementType): ValueInfoProto {
  const value = { elemType: dataTypeOf(type) };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}
