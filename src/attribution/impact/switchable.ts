import { create } from '@bufbuild/protobuf';
import { importContrib } from '../../onnx/contrib.ts';
import { type Draft, draftFor, draftWithin, freshTensor } from '../../onnx/draft.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../../onnx/gen/onnx_pb.ts';
import { editableCopy, type GraphView, makeNode, shallow } from '../../onnx/graph.ts';
import { freshName } from '../../onnx/names.ts';
import { dropUnread } from '../../onnx/prune.ts';
import { dataTypeOf } from '../../onnx/tensors.ts';
import type { Planned } from '../../quantization/planned.ts';
import type { Unit } from '../../quantization/units.ts';
import type { Operations } from '../alike.ts';
import { measuredTensors } from './measured-tensors.ts';

/** A model whose units compute in one of two ways, as its inputs say. */
export interface SwitchModel {
  /** With the inputs and outputs of the original first, and where it is measured as outputs behind them. */
  readonly model: ModelProto;
  /** The scalar bool input that switches a unit on, by the unit's name. */
  readonly switches: ReadonlyMap<string, string>;
  /** Where it is measured: tensors that are outputs of it. */
  readonly measured: readonly string[];
}

/** What each unit computes when it is on, by the unit's name. */
export function operationsByUnit({ model, switches }: SwitchModel): Map<string, Operations> {
  const unitOf = new Map([...switches].map(([unit, name]) => [name, unit]));
  return new Map(
    model.graph!.node.flatMap((node): [string, Operations][] => {
      const unit = node.opType === 'If' ? unitOf.get(node.input[0]) : undefined;
      const on = node.attribute.find(({ name }) => name === 'then_branch')?.g;
      if (unit === undefined || on === undefined) return [];
      const { node: nodes, initializer: constants, output } = on;
      return [[unit, { nodes, constants, results: output.map(({ name }) => name) }]];
    }),
  );
}

/** One unit as a graph of its own, to be rewritten: its constants are in it under names of their own. */
export interface Branch {
  readonly graph: GraphProto;
  readonly node: NodeProto;
  /** For the nodes and constants that are to be added; whoever rewrites puts the nodes where they belong. */
  readonly draft: Draft;
}

type Rewrite = (unit: Unit, branch: Branch) => void;

/**
 * The model with an `If` around every unit: off is the unit as it is, on is what `rewrite` makes of it. An `If` runs
 * one branch only, and each branch has its weights as constants of its own. So a unit that is off costs what it costs
 * in FP32 and runs on the same kernels; selecting tensors would compute both sides, and selecting weights would take
 * away the constant that fast kernels are prepared from.
 *
 * @param rewrite changes a unit's branch in place; the outputs of its graph stay
 * @param outputs names of the outputs that the metric reads
 */
export function switchable(
  { model, units }: Pick<Planned, 'model' | 'units'>,
  rewrite: Rewrite,
  outputs: readonly string[],
): SwitchModel {
  const { model: copy, copyOf } = editableCopy(model.model);
  const { graph } = copy;
  importContrib(copy);
  const { view } = model;
  const draft = draftFor(model.opset, graph);
  const switches = new Map(
    units.map(({ name }) => [name, freshTensor(draft, `quantgate/switch/${name}`)] as const),
  );
  const wrap = (unit: Unit, node: NodeProto) =>
    either(draft, switches.get(unit.name)!, node, (when, original) => {
      const made = branch(draft, when, original, view);
      if (when === 'on') rewrite(unit, made);
      made.graph.initializer.push(...made.draft.constants);
      return made.graph;
    });
  const byNode = new Map(units.map((unit) => [unit.node, unit]));
  const leaving = units.filter((unit) => unit.node === undefined);
  // A tensor that leaves through a unit keeps its name outside; what reads it inside reads what it is before.
  const insides = new Map(
    leaving.map(({ reads: [{ tensor }] }) => [tensor, freshTensor(draft, `${tensor}/inside`)]),
  );
  const unitOf = new Map(leaving.map((unit) => [unit.reads[0].tensor, unit]));
  const inside = (name: string) => insides.get(name) ?? name;
  graph.node = view.graph.node.flatMap((original) => {
    const node = copyOf(original);
    node.input = node.input.map(inside);
    node.output = node.output.map(inside);
    const unit = byNode.get(original);
    return [
      unit === undefined ? node : wrap(unit, node),
      ...original.output
        .filter((name) => unitOf.has(name))
        .map((name) => wrap(unitOf.get(name)!, makeNode('Identity', [inside(name)], [name]))),
    ];
  });
  for (const name of switches.values()) graph.input.push(scalarBool(name));
  const measured = measuredTensors(model, outputs);
  const inner = measured.filter((name) => !view.outputs.has(name));
  graph.output.push(...inner.map((name) => create(ValueInfoProtoSchema, { name })));
  dropUnread(graph);
  return { model: copy, switches, measured };
}

/** An `If` in place of a node. */
function either(
  { names }: Draft,
  condition: string,
  node: NodeProto,
  bodyOf: (when: 'on' | 'off', node: NodeProto) => GraphProto,
): NodeProto {
  const chosen = makeNode('If', [condition], node.output.filter(isNamed));
  chosen.name = freshName(names.nodes, condition);
  for (const [name, when] of [
    ['then_branch', 'on'],
    ['else_branch', 'off'],
  ] as const) {
    const g = bodyOf(when, node);
    chosen.attribute.push(create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g }));
  }
  return chosen;
}

/** Names in it must differ from those of the graph around it. */
function branch(draft: Draft, when: 'on' | 'off', node: NodeProto, view: GraphView): Branch {
  const within = (name: string) => (isNamed(name) ? freshTensor(draft, `${name}/switched-${when}`) : '');
  const read = new Set(node.input.filter((name) => view.initializers.has(name)));
  const constants = new Map([...read].map((name) => [name, within(name)]));
  const inner = shallow(node, {
    input: node.input.map((name) => constants.get(name) ?? name),
    output: node.output.map(within),
  });
  const graph = create(GraphProtoSchema, {
    name: `${node.output[0]}/switched-${when}`,
    node: [inner],
    initializer: [...constants].map(([name, own]) => shallow(view.initializers.get(name)!, { name: own })),
    output: inner.output.filter(isNamed).map((name) => create(ValueInfoProtoSchema, { name })),
  });
  return { graph, node: inner, draft: draftWithin(draft) };
}

/** An optional input or output that is left out has the empty name. */
function isNamed(name: string): boolean {
  return name !== '';
}

function scalarBool(name: string) {
  const value = { elemType: dataTypeOf('bool'), shape: { dim: [] } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}
