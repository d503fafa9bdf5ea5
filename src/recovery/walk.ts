import { create } from '@bufbuild/protobuf';
import type { Batch } from '../data/batch.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { type ModelProto, type NodeProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { collectReads, shallow } from '../onnx/graph.ts';
import { dataTypeOf, makeTensor } from '../onnx/tensors.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** A model that is run piece by piece over samples that are held, from its inputs towards its outputs. */
export interface Walk {
  /** Runs all that comes before a node, and gives what has a name there, one tensor a batch. */
  reach(node: NodeProto, tensor: string): Promise<readonly Tensor[]>;
  /** Gives a constant other values, for all that is still to be run. */
  replace(constant: string, values: Tensor): void;
}

/**
 * Walks along a model: every node runs once over the samples, however many stops there are, and what is held at a stop is
 * only what the rest reads.
 *
 * @param model with its nodes in an order in which they can run
 */
export function walkAlong(model: ModelProto, batches: readonly Batch[], runtime: Runtime): Walk {
  const graph = model.graph!;
  const constants = new Map(graph.initializer.map((t) => [t.name, t]));
  const reads = graph.node.map((node) => readsOf(node));
  const lastRead = new Map<string, number>();
  reads.forEach((names, index) => {
    for (const name of names) lastRead.set(name, index);
  });
  const held = new Map<string, readonly Tensor[]>();
  for (const { name } of graph.input)
    if (!constants.has(name))
      held.set(
        name,
        batches.map(({ inputs }) => inputs[name]),
      );
  let position = 0;

  const run = async (end: number) => {
    const nodes = graph.node.slice(position, end);
    const made = new Set(nodes.flatMap((node) => node.output.filter((name) => name !== '')));
    const wanted = [...made].filter((name) => (lastRead.get(name) ?? -1) >= end);
    const read = new Set(reads.slice(position, end).flatMap((names) => [...names]));
    const inputs = [...held.keys()].filter((name) => read.has(name));
    const needed = wanted.length === 0 ? [] : nodes;
    if (needed.length > 0) {
      const part = shallow(model, {
        graph: shallow(graph, {
          node: needed,
          initializer: [...constants.values()].filter(({ name }) => read.has(name)),
          input: inputs.map((name) => infoOf(name, held.get(name)![0])),
          output: wanted.map((name) => create(ValueInfoProtoSchema, { name })),
          valueInfo: [],
        }),
      });
      const session = await openModel(part, { optimize: 'float' }, runtime);
      try {
        const results: Record<string, Tensor>[] = [];
        for (const batch of batches.keys())
          results.push(
            await session.run(Object.fromEntries(inputs.map((name) => [name, held.get(name)![batch]]))),
          );
        for (const name of wanted)
          held.set(
            name,
            results.map((each) => each[name]),
          );
      } finally {
        await session.close();
      }
    }
    for (const name of held.keys()) if ((lastRead.get(name) ?? -1) < end) held.delete(name);
    position = end;
  };

  return {
    async reach(node, tensor) {
      const index = graph.node.indexOf(node);
      if (index > position) await run(index);
      return held.get(tensor)!;
    },
    replace(constant, values) {
      constants.set(constant, makeTensor(constant, values));
    },
  };
}

function readsOf(node: NodeProto): Set<string> {
  const names = new Set<string>();
  collectReads({ node: [node], output: [] } as unknown as Parameters<typeof collectReads>[0], names);
  return names;
}

/** Its type and rank; batches differ in their first dimension. */
function infoOf(name: string, { type, dims }: Tensor) {
  const shape = { dim: dims.map(() => ({})) };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: dataTypeOf(type), shape } } },
  });
}
