import type { Tensor } from '../numerics/tensor.ts';
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  TensorProto,
} from './gen/onnx_pb.ts';
import { collectReads, shallow, valueType } from './graph.ts';
import { opsetOf } from './model.ts';
import { freshName, type Names, namesOf } from './names.ts';
import { makeTensor } from './tensors.ts';
import { rules, type Scope } from './upgrade-rules.ts';

/** The IR version of the first ONNX release with an operator set, from the newest down (docs/Versioning.md). */
const IR_OF_OPSET = [
  [21, 10n],
  [19, 9n],
  [15, 8n],
  [12, 7n],
] as const;

/** Element type and shape of a tensor; null stands for a dynamic dimension, no shape for an unknown rank. */
type Typed = Pick<Tensor, 'type'> & { readonly dims: readonly (number | null)[] | undefined };

/** What a body of If, Loop or Scan sees of the graphs around it, and the names of the whole model. */
interface Outer extends Pick<Scope, 'elementType' | 'rank' | 'constant'> {
  readonly names: Names;
}

/**
 * The same model in a newer version of the default operator set, 7 and up to 21: every node whose inputs, attributes
 * or meaning changed in between is rewritten so that it computes the same values. Bodies of If, Loop and Scan too.
 * Names of tensors stay; weights are shared with the original.
 *
 * @param tensors element types and shapes that the file does not state, by name
 * @returns the model, itself where it is new enough, or the node and the reason why it cannot be rewritten
 */
export function upgradeOpset(
  model: ModelProto,
  to: number,
  tensors: ReadonlyMap<string, Typed> = new Map(),
): { readonly model: ModelProto } | { readonly obstacle: string } {
  const from = opsetOf(model)!;
  if (from >= to) return { model };
  if (model.functions.length > 0)
    return { obstacle: 'the model defines functions of its own, whose operators are not rewritten' };
  const given: Outer = {
    elementType: (name) => tensors.get(name)?.type,
    rank: (name) => tensors.get(name)?.dims?.length,
    constant: () => undefined,
    names: namesOf(model.graph!),
  };
  const graph = upgradeGraph(model.graph!, from, to, given);
  if (typeof graph === 'string') return { obstacle: `${graph} (opset ${from} to ${to})` };
  const ir = IR_OF_OPSET.find(([opset]) => to >= opset)?.[1] ?? 0n;
  const raised = (entry: OperatorSetIdProto) =>
    isDefault(entry.domain) ? shallow(entry, { version: BigInt(to) }) : entry;
  return {
    model: shallow(model, {
      graph,
      irVersion: model.irVersion < ir ? ir : model.irVersion,
      opsetImport: model.opsetImport.map(raised),
    }),
  };
}

const isDefault = (domain: string) => domain === '' || domain === 'ai.onnx';

/** The rewritten graph, or why a node of it cannot be rewritten. */
function upgradeGraph(graph: GraphProto, from: number, to: number, outer: Outer): GraphProto | string {
  const added: TensorProto[] = [];
  const scope = scopeOf(graph, outer, added);
  const node: GraphProto['node'] = [];
  for (const original of graph.node) {
    const attribute = upgradeBodies(original.attribute, from, to, scope);
    if (typeof attribute === 'string') return attribute;
    let nodes = [shallow(original, { attribute })];
    for (const { operators, since, rewrite } of rules) {
      if (since <= from || since > to) continue;
      const next: GraphProto['node'] = [];
      for (const one of nodes) {
        const rewritten =
          isDefault(one.domain) && operators.includes(one.opType) ? rewrite(one, scope) : [one];
        if (typeof rewritten === 'string')
          return `${original.opType} "${original.name || original.output[0]}" ${rewritten}`;
        next.push(...rewritten);
      }
      nodes = next;
    }
    node.push(...nodes.map((one) => (one.name === original.name ? one : withFreshName(one, outer.names))));
  }
  return shallow(graph, { node, initializer: [...graph.initializer, ...added] });
}

function withFreshName(node: NodeProto, { nodes }: Names): NodeProto {
  return shallow(node, { name: freshName(nodes, node.name) });
}

function upgradeBodies(
  attributes: readonly AttributeProto[],
  from: number,
  to: number,
  scope: Outer,
): AttributeProto[] | string {
  const result: AttributeProto[] = [];
  for (const attribute of attributes) {
    const g = attribute.g && upgradeGraph(attribute.g, from, to, scope);
    if (typeof g === 'string') return g;
    result.push(g === undefined ? attribute : shallow(attribute, { g }));
  }
  return result;
}

function scopeOf(graph: GraphProto, outer: Outer, added: TensorProto[]): Scope & Outer {
  const types = new Map(
    [...graph.valueInfo, ...graph.output, ...graph.input].map((v) => [v.name, valueType(v)]),
  );
  const constants = new Map(graph.initializer.map((t) => [t.name, t]));
  for (const n of graph.node) {
    const value = n.opType === 'Constant' && n.attribute.find((a) => a.name === 'value')?.t;
    if (value) constants.set(n.output[0], value);
  }
  const reads = new Set<string>();
  collectReads(graph, reads);
  return {
    elementType: (name) => types.get(name)?.type ?? outer.elementType(name),
    rank: (name) => types.get(name)?.dims?.length ?? outer.rank(name),
    constant: (name) => constants.get(name) ?? outer.constant(name),
    isRead: (name) => reads.has(name),
    names: outer.names,
    fresh: (wanted) => freshName(outer.names.tensors, wanted),
    add(wanted, tensor) {
      const name = freshName(outer.names.tensors, wanted);
      const constant = makeTensor(name, tensor);
      constants.set(name, constant);
      added.push(constant);
      return name;
    },
  };
}
