import { create } from '@bufbuild/protobuf';
import { dropUnread, importContrib } from '../emulate/emulate.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../onnx/gen/onnx_pb.ts';
import { editableCopy, type GraphView, makeNode, shallow } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensors.ts';
import type { Planned } from '../quantization/planned.ts';
import type { Unit } from '../quantization/units.ts';
import { measuredTensors } from './measured-tensors.ts';

/** A model whose units compute in one of two ways, as its inputs say. */
export interface SwitchModel {
  /** With the inputs and outputs of the original first, and where it is measured as outputs behind them. */
  readonly model: ModelProto;
  /** The scalar bool input that switches a unit on, by the unit's name. */
  readonly switches: ReadonlyMap<string, string>;
}

/** One unit as a graph of its own, to be rewritten: its constants are in it under names of their own. */
export interface Branch {
  readonly graph: GraphProto;
  readonly node: NodeProto;
}

/**
 * The model with an `If` around every unit: off is the unit as it is, on is what `rewrite` makes of it. An `If` runs
 * one branch only, and each branch has its weights as constants of its own. So a unit that is off costs what it costs
 * in FP32 and runs on the same kernels; selecting tensors would compute both sides, and selecting weights would take
 * away the constant that fast kernels are prepared from.
 *
 * @param rewrite changes a unit's branch in place; the outputs of its graph stay
 */
export function switchable(
  { model, units }: Pick<Planned, 'model' | 'units'>,
  rewrite: (unit: Unit, branch: Branch) => void,
): SwitchModel {
  const copy = editableCopy(model.model);
  importContrib(copy);
  const { view } = model;
  const byNode = new Map(units.map((unit) => [unit.node, unit]));
  const leaving = new Map(units.filter((u) => u.node === undefined).map((u) => [u.reads[0].tensor, u]));
  // A tensor that leaves through a unit keeps its name outside; what reads it inside reads what it is before.
  const inside = (name: string) => (leaving.has(name) ? `${name}/inside` : name);
  copy.graph.node = view.graph.node.flatMap((original, index) => {
    const node = copy.graph.node[index];
    node.input = node.input.map(inside);
    node.output = node.output.map(inside);
    const unit = byNode.get(original);
    return [
      unit === undefined ? node : either(unit, node, view, rewrite),
      ...original.output
        .filter((name) => leaving.has(name))
        .map((name) =>
          either(leaving.get(name)!, makeNode('Identity', [inside(name)], [name]), view, rewrite),
        ),
    ];
  });
  for (const unit of units) copy.graph.input.push(scalarBool(switchOf(unit)));
  const measured = measuredTensors(model).filter((name) => !view.outputs.has(name));
  copy.graph.output.push(...measured.map((name) => create(ValueInfoProtoSchema, { name })));
  dropUnread(copy.graph);
  return { model: copy, switches: new Map(units.map((unit) => [unit.name, switchOf(unit)])) };
}

const switchOf = ({ name }: Unit) => `quantgate/switch/${name}`;

function either(
  unit: Unit,
  node: NodeProto,
  view: GraphView,
  rewrite: (unit: Unit, branch: Branch) => void,
): NodeProto {
  const on = branch('switched-on', node, view);
  rewrite(unit, on);
  const chosen = makeNode('If', [switchOf(unit)], node.output.filter(isNamed));
  chosen.name = switchOf(unit);
  for (const [name, { graph: g }] of [
    ['then_branch', on],
    ['else_branch', branch('switched-off', node, view)],
  ] as const)
    chosen.attribute.push(create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g }));
  return chosen;
}

/** Names in it must differ from those of the graph around it. */
function branch(suffix: string, node: NodeProto, view: GraphView): Branch {
  const within = (name: string) => (isNamed(name) ? `${name}/${suffix}` : '');
  const constants = new Set(node.input.filter((name) => view.initializers.has(name)));
  const inner = shallow(node, {
    input: node.input.map((name) => (constants.has(name) ? within(name) : name)),
    output: node.output.map(within),
  });
  const graph = create(GraphProtoSchema, {
    name: `${node.output[0]}/${suffix}`,
    node: [inner],
    initializer: [...constants].map((name) => shallow(view.initializers.get(name)!, { name: within(name) })),
    output: inner.output.filter(isNamed).map((name) => create(ValueInfoProtoSchema, { name })),
  });
  return { graph, node: inner };
}

/** An optional input or output that is left out has the empty name. */
function isNamed(name: string): boolean {
  return name !== '';
}

function scalarBool(name: string) {
  const value = { elemType: dataTypeOf('bool'), shape: { dim: [] } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}
