import { create } from '@bufbuild/protobuf';
import type { ElementType } from '../../numerics/tensor.ts';
import { type NodeProto, type ValueInfoProto, ValueInfoProtoSchema } from '../../onnx/gen/onnx_pb.ts';
import { collectReads, shallow } from '../../onnx/graph.ts';
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
 * Cuts a switched model into suffixes, for units that are switched on alone: nothing before them changes. The places lie
 * behind equal numbers of units, or before that where little is alive; the longest suffix comes first and does not hold
 * the first of these parts. The graph up to the first unit is in none of them.
 *
 * @param count of suffixes that are wanted; there are fewer where nothing can be cut
 */
export function suffixesOf(switched: SwitchModel, model: LoadedModel, count: number): Suffix[] {
  const nodes = switched.model.graph!.node;
  const alive = aliveBefore(switched);
  const unitAt = unitPlaces(switched, nodes);
  const suffixes: Suffix[] = [];
  let last = 0;
  for (let part = 1; part <= count; part++) {
    const wanted = unitAt[Math.floor((part * unitAt.length) / (count + 1))];
    const place = lastPlace(last + 1, wanted, (each) => canBeFed(alive[each], switched, model));
    if (place === undefined) continue;
    last = place;
    suffixes.push({ switched: from(place, switched, alive[place], model), reads: [...alive[place]] });
  }
  return suffixes;
}

/** Where in the graph units are, ascending. */
function unitPlaces({ switches }: SwitchModel, nodes: readonly NodeProto[]): number[] {
  const conditions = new Set(switches.values());
  return [...nodes.keys()].filter((i) => nodes[i].opType === 'If' && conditions.has(nodes[i].input[0]));
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
function ownOf({ attribute }: NodeProto): Set<string> {
  const own = new Set<string>();
  for (const { g, graphs } of attribute)
    for (const body of g === undefined ? graphs : [g, ...graphs]) {
      for (const { name } of [...body.initializer, ...body.input]) own.add(name);
      for (const inner of body.node) {
        for (const name of inner.output) own.add(name);
        for (const name of ownOf(inner)) own.add(name);
      }
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

function lastPlace(from: number, to: number, fits: (place: number) => boolean): number | undefined {
  for (let place = to; place >= from; place--) if (fits(place)) return place;
  return undefined;
}

function from(
  place: number,
  { model, switches, measured }: SwitchModel,
  alive: ReadonlySet<string>,
  { tensors, inputs }: LoadedModel,
): SwitchModel {
  const graph = model.graph!;
  const node = graph.node.slice(place);
  const used = new Set(unitConditions(node));
  const left = new Map([...switches].filter(([, condition]) => used.has(condition)));
  const given = new Map(graph.input.map((input) => [input.name, input]));
  const typeOf = (name: string) =>
    tensors.get(name)?.type ?? inputs.find((input) => input.name === name)!.type;
  const suffix = shallow(graph, {
    node,
    initializer: [...graph.initializer],
    input: [...alive, ...left.values()].map((name) => given.get(name) ?? anyShape(name, typeOf(name))),
    output: measured.map((name) => create(ValueInfoProtoSchema, { name })),
    valueInfo: [],
  });
  dropUnread(suffix);
  return { model: shallow(model, { graph: suffix }), switches: left, measured };
}

function unitConditions(nodes: readonly NodeProto[]): string[] {
  return nodes.filter(({ opType }) => opType === 'If').map(({ input }) => input[0]);
}

function anyShape(name: string, type: ElementType): ValueInfoProto {
  const value = { elemType: dataTypeOf(type) };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}
