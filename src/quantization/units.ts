import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import type { GraphView } from '../onnx/graph.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { type Layer, nodeNames } from './layer.ts';
import type { Plan } from './plan.ts';

/**
 * One place where quantization enters a model, to be blamed or cleared: an operator that reads quantized activations
 * or a quantized weight, or an output of the model that leaves on a grid. A tensor's rounding is counted where it is
 * read, not where it is made.
 */
export interface Unit {
  /** The node's name as the plan gives it; for an output, the tensor's behind the word. Unique. */
  readonly name: string;
  /** Operator type, or `Output`. */
  readonly op: string;
  /** Undefined for an output. */
  readonly node: NodeProto | undefined;
  /** The quantized activations that it reads, by input of the node; an output "reads" itself at input 0. */
  readonly reads: readonly { readonly input: number; readonly tensor: string }[];
  /** The layer of the plan, where it has a weight or multiplies two activations. */
  readonly layer: Layer | undefined;
}

/** Every unit of a plan, in the order of the graph, outputs last. */
export function unitsOf({ view }: LoadedModel, plan: Plan): Unit[] {
  const names = nodeNames(view.graph);
  const layers = new Map(plan.layers.map((layer) => [layer.node, layer]));
  const reads = new Map<NodeProto, { input: number; tensor: string }[]>();
  for (const [tensor, uses] of plan.activations) {
    for (const { node, input } of uses) reads.set(node, [...(reads.get(node) ?? []), { input, tensor }]);
  }
  const units: Unit[] = view.graph.node.flatMap((node) => {
    const layer = layers.get(node);
    const own = (reads.get(node) ?? []).toSorted((a, b) => a.input - b.input);
    if (own.length === 0 && layer?.weight === undefined) return [];
    return [{ name: names.get(node)!, op: node.opType, node, reads: own, layer }];
  });
  const outputNames = outputUnitNames(view);
  return [
    ...units,
    ...[...plan.outputs].map((tensor) => ({
      name: outputNames.get(tensor)!,
      op: 'Output',
      node: undefined,
      reads: [{ input: 0, tensor }],
      layer: undefined,
    })),
  ];
}

/** What the outputs of a model are called as units, by tensor: like no node of it. */
export function outputUnitNames({ graph, outputs }: GraphView): Map<string, string> {
  const names = [...nodeNames(graph).values()];
  return new Map([...outputs].map((tensor) => [tensor, otherThan(names, `output ${tensor}`)]));
}

function otherThan(taken: Iterable<string>, name: string): string {
  const all = new Set(taken);
  return all.has(name) ? otherThan(all, `${name}#`) : name;
}
