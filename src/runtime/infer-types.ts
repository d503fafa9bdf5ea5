import { create } from '@bufbuild/protobuf';
import type { ElementType } from '../numerics/tensor.ts';
import { addNode, draftFor } from '../onnx/draft.ts';
import {
  type GraphProto,
  type ModelProto,
  type TensorProto,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/model.ts';
import type { Port, Runtime } from './runtime.ts';

/** What is known of a tensor before a sample runs. */
export interface TensorType {
  readonly type: ElementType;
  /** null stands for a dynamic dimension; undefined where not even their number is known. */
  readonly dims: readonly (number | null)[] | undefined;
}

export interface InferredTypes {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Of every tensor of the main graph that has a type which is read. */
  readonly tensors: ReadonlyMap<string, TensorType>;
}

/** Constants of more elements say nothing of a shape, and would be copied for nothing. */
const MOST_ELEMENTS = 1024;

/**
 * Lets ONNX Runtime infer every type and shape by declaring every tensor an output. Weights take part by their shapes
 * alone.
 */
export async function inferTypes(model: ModelProto, runtime: Runtime): Promise<InferredTypes> {
  const { model: open } = editableCopy(model);
  const { graph } = open;
  const given = new Set(graph.output.map((o) => o.name));
  const made = graph.node.flatMap((node) => node.output).filter((name) => name !== '' && !given.has(name));
  const weights = new Set(graph.initializer.filter((t) => sizeOf(t) > MOST_ELEMENTS && !given.has(t.name)));
  graph.initializer = graph.initializer.filter((t) => !weights.has(t));
  graph.input.push(...[...weights].map(asInput));
  declare(graph, new Set(made));
  const { inputs, outputs } = await portsOf(open, runtime);
  const isWeight = new Set([...weights].map(({ name }) => name));
  const ports = [...inputs.filter(({ name }) => !isWeight.has(name)), ...outputs];
  const unknown = await unknownRanks(open, ports, runtime);
  const typed = ({ name, type, dims }: Port) =>
    [name, { type, dims: unknown.has(name) ? undefined : dims }] as const;
  return {
    inputs: inputs.filter(({ name }) => !isWeight.has(name)),
    outputs: outputs.filter(({ name }) => given.has(name)),
    tensors: new Map(ports.map(typed)),
  };
}

/** ONNX Runtime states a shape without dimensions for scalars and for unknown ranks: the shape of the shape tells. */
async function unknownRanks(
  model: ModelProto,
  ports: readonly Port[],
  runtime: Runtime,
): Promise<Set<string>> {
  const doubtful = ports.filter(({ dims }) => dims.length === 0).map(({ name }) => name);
  if (doubtful.length === 0) return new Set();
  const { model: asking } = editableCopy(model);
  const draft = draftFor(0, asking.graph);
  const shapes = new Map(doubtful.map((name) => [addNode(draft, 'Shape', [name], `${name}/shape`), name]));
  asking.graph.node.push(...draft.nodes);
  declare(asking.graph, new Set(shapes.keys()));
  const { outputs } = await portsOf(asking, runtime);
  return new Set(
    outputs.flatMap(({ name, dims }) => (shapes.has(name) && dims[0] === null ? [shapes.get(name)!] : [])),
  );
}

function declare(graph: GraphProto, names: ReadonlySet<string>): void {
  graph.output.push(...[...names].map((name) => create(ValueInfoProtoSchema, { name })));
}

async function portsOf(model: ModelProto, runtime: Runtime) {
  const session = await runtime.open(serializeModel(model), { optimize: 'none' }, 'cpu');
  const { inputs, outputs } = session;
  await session.close();
  return { inputs, outputs };
}

function sizeOf({ dims }: TensorProto): number {
  return dims.reduce((product, d) => product * Number(d), 1);
}

function asInput({ name, dims, dataType }: TensorProto) {
  const dim = dims.map((d) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: d } }),
  );
  const value = create(TypeProto_TensorSchema, {
    elemType: dataType,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value } }),
  });
}
