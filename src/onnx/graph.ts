import { create, type Message } from '@bufbuild/protobuf';
import type { ElementType } from '../numerics/tensor.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from './gen/onnx_pb.ts';
import { storedIn } from './stored-values.ts';
import { elementTypeOf } from './tensors.ts';

/** One place where a node reads a tensor. */
export interface Use {
  readonly node: NodeProto;
  readonly input: number;
}

/** The wiring of a model's main graph. Bodies of If, Loop and Scan are opaque; what they capture counts as used. */
export interface GraphView {
  readonly graph: GraphProto;
  readonly initializers: ReadonlyMap<string, TensorProto>;
  readonly producers: ReadonlyMap<string, NodeProto>;
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** Tensors that a body of If, Loop or Scan reads from this graph: they keep their name and their values. */
  readonly captured: ReadonlySet<string>;
  /** Inputs that a caller must feed: those that are not initializers as well. */
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: ReadonlySet<string>;
  readonly types: ReadonlyMap<string, ValueInfoProto>;
}

/** Who makes and who reads each tensor of the main graph. The model is not changed. */
export function viewGraph(model: { readonly graph?: GraphProto }): GraphView {
  const graph = model.graph!;
  const initializers = new Map(graph.initializer.map((t) => [t.name, t]));
  const producers = new Map<string, NodeProto>();
  const uses = new Map<string, Use[]>();
  const captured = new Set<string>();
  for (const node of graph.node) {
    for (const name of node.output) if (name !== '') producers.set(name, node);
    node.input.forEach((name, input) => {
      if (name === '') return;
      const list = uses.get(name);
      if (list === undefined) uses.set(name, [{ node, input }]);
      else list.push({ node, input });
    });
    for (const body of bodiesOf(node)) collectReads(body, captured);
  }
  return {
    graph,
    initializers,
    producers,
    uses,
    captured,
    inputs: graph.input.filter((i) => !initializers.has(i.name)),
    outputs: new Set(graph.output.map((o) => o.name)),
    types: new Map([...graph.valueInfo, ...graph.output, ...graph.input].map((v) => [v.name, v])),
  };
}

/** The graphs in a node: the branches of an If, the body of a Loop or Scan. */
export function bodiesOf({ attribute }: NodeProto): GraphProto[] {
  return attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));
}

/** Attributes of a node with other graphs in them. */
export function withBodies(
  attributes: readonly AttributeProto[],
  change: (body: GraphProto) => GraphProto,
): AttributeProto[] {
  return attributes.map((a) =>
    a.g === undefined && a.graphs.length === 0
      ? a
      : shallow(a, { g: a.g && change(a.g), graphs: a.graphs.map(change) }),
  );
}

/** Adds every tensor that a graph reads or returns, from itself or from a graph around it. */
export function collectReads(graph: GraphProto, into: Set<string>): void {
  for (const node of graph.node) {
    for (const name of node.input) into.add(name);
    for (const body of bodiesOf(node)) collectReads(body, into);
  }
  for (const output of graph.output) into.add(output.name);
}

/** Element type and shape of a value; null stands for a dynamic dimension, `dims` is undefined where the rank is unknown. */
export function valueType(info: ValueInfoProto | undefined): {
  type: ElementType | undefined;
  dims: (number | null)[] | undefined;
} {
  const kind = info?.type?.value;
  if (kind?.case !== 'tensorType') return { type: undefined, dims: undefined };
  const dims = kind.value.shape?.dim.map((d) => (d.value.case === 'dimValue' ? Number(d.value.value) : null));
  return { type: elementTypeOf(kind.value.elemType), dims };
}

/** A model to be edited, which knows what it was copied from. */
export interface EditableCopy {
  readonly model: ModelProto & { graph: GraphProto };
  /** The copy of a node of the original's main graph. */
  copyOf(node: NodeProto): NodeProto;
}

/** A copy whose nodes and lists can be edited without touching the original; weights are shared, unknown fields kept. */
export function editableCopy(model: ModelProto): EditableCopy {
  const graph = model.graph!;
  const copies = new Map(
    graph.node.map((n) => [
      n,
      shallow(n, { input: [...n.input], output: [...n.output], attribute: [...n.attribute] }),
    ]),
  );
  const copy = shallow(model, {
    opsetImport: [...model.opsetImport],
    graph: shallow(graph, {
      node: [...copies.values()],
      initializer: [...graph.initializer],
      input: [...graph.input],
      output: [...graph.output],
      valueInfo: [...graph.valueInfo],
    }),
  });
  return { model: copy as EditableCopy['model'], copyOf: (node) => copies.get(node)! };
}

/** `create` would drop unknown fields and `clone` would copy the weights; values that lie in a file are not read. */
export function shallow<M extends Message>(message: M, changes: Partial<M>): M {
  const prototype = Object.getPrototypeOf(message);
  if (storedIn(message as Message & { rawData?: unknown }, 'rawData') === undefined)
    return Object.assign(Object.create(prototype), message, changes);
  return Object.create(prototype, {
    ...Object.getOwnPropertyDescriptors(message),
    ...Object.getOwnPropertyDescriptors(changes),
  });
}

/** Attribute values that quantgate writes: integers, floats by `{ f }`, texts, and lists of integers. */
export type AttributeValue = number | { readonly f: number } | string | readonly number[];

/** The same operator of another operator set than ONNX's own. */
export function inDomain(domain: string, node: NodeProto): NodeProto {
  return shallow(node, { domain });
}

/** Whether an operator is of ONNX's own operator set. */
export function isStandard({ domain }: NodeProto): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** A node named by its first output. */
export function makeNode(
  opType: string,
  input: string[],
  output: string[],
  attributes: Record<string, AttributeValue> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    domain: '',
    name: `${output[0]}/${opType}`,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => makeAttribute(name, value)),
  });
}

export function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  if ('f' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.f });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((a) => a.name === name);
}

/** A text attribute, or `fallback` where the node has none. */
export function textAttribute(node: NodeProto, name: string, fallback: string): string {
  const attribute = attributeOf(node, name);
  return attribute === undefined ? fallback : new TextDecoder().decode(attribute.s);
}

/** An integer attribute, or `fallback` where the node has none. */
export function intAttribute(node: NodeProto, name: string, fallback: number): number {
  const attribute = attributeOf(node, name);
  return attribute === undefined ? fallback : Number(attribute.i);
}
