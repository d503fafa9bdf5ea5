import type { LayerPrecisions } from '../config/target-id.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import type { GraphView } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import type { Plan } from './plan.ts';
import type { Scheme } from './scheme.ts';
import type { Unit } from './units.ts';

/** Where layers have another precision than the scheme of their target. */
export interface Precision {
  /**
   * Bits of the grids of what such layers read, by tensor: a tensor is on one grid, the widest that any of them asks for.
   */
  readonly activations: ReadonlyMap<string, number>;
  /** Bits of the weights of such layers, by the layer's name. */
  readonly weights: ReadonlyMap<string, number>;
  /** The operators that stay in floating point, by name; what a model does not have may be among them. */
  readonly floats: ReadonlySet<string>;
}

/** The same precision everywhere. */
export const uniform: Precision = { activations: new Map(), weights: new Map(), floats: new Set() };

/** What can be given a precision of its own, and what that reaches. */
export interface PrecisionPlace {
  /** Name of the unit, or of a layer that reads nothing but what was moved on its grid. */
  readonly name: string;
  /** The tensors on whose grids the values lie that it reads, once each. */
  readonly reads: readonly string[];
  readonly hasWeight: boolean;
}

/** All of a plan that can be given a precision of its own, in the order of the graph, outputs last. */
export function precisionPlaces(view: GraphView, plan: Plan, units: readonly Unit[]): PrecisionPlace[] {
  const unitOf = new Map(units.map((unit) => [unit.node, unit]));
  const layerOf = new Map(plan.layers.map((layer) => [layer.node, layer]));
  const inside = view.graph.node.flatMap((node): PrecisionPlace[] => {
    const layer = layerOf.get(node);
    const name = layer?.name ?? unitOf.get(node)?.name;
    if (name === undefined) return [];
    const reads = node.input.flatMap((_, input) => gridSource(node, input, view, plan) ?? []);
    return [{ name, reads: [...new Set(reads)], hasWeight: layer?.weight !== undefined }];
  });
  const outputs = units.filter(({ node }) => node === undefined);
  return [
    ...inside,
    ...outputs.map(({ name, reads: [{ tensor }] }) => ({ name, reads: [tensor], hasWeight: false })),
  ];
}

/** The quantized tensor on whose grid the values lie that a node reads at an input, moved since or not. */
function gridSource(node: NodeProto, input: number, view: GraphView, plan: Plan): string | undefined {
  const name = node.input[input];
  const uses = plan.activations.get(name);
  if (uses !== undefined)
    return uses.some((use) => use.node === node && use.input === input) ? name : undefined;
  const producer = view.producers.get(name);
  return producer !== undefined && isMoving(producer) ? gridSource(producer, 0, view, plan) : undefined;
}

/** What the layers of a config ask of a plan. Names that it does not have ask nothing. */
export function precisionOf(places: readonly PrecisionPlace[], layers: LayerPrecisions): Precision {
  const activations = new Map<string, number>();
  const weights = new Map<string, number>();
  for (const { name, reads, hasWeight } of places) {
    const { activationBits, weightBits } = layers.get(name) ?? {};
    if (activationBits !== undefined)
      for (const tensor of reads)
        activations.set(tensor, Math.max(activationBits, activations.get(tensor) ?? 0));
    if (weightBits !== undefined && hasWeight) weights.set(name, weightBits);
  }
  return { activations, weights, floats: floatsOf(layers) };
}

/** The names that are to stay in floating point. */
export function floatsOf(layers: LayerPrecisions): Set<string> {
  return new Set([...layers].flatMap(([name, { float }]) => (float === true ? [name] : [])));
}

/** Bits of the grid of an activation, or of a constant that is taken like one. */
export function activationBits(
  { scheme, precision }: { readonly scheme: Scheme; readonly precision: Precision },
  tensor: string,
): number {
  return precision.activations.get(tensor) ?? scheme.activationBits;
}

/** Bits of the grid of a layer's weights. */
export function weightBits(
  { scheme, precision }: { readonly scheme: Scheme; readonly precision: Precision },
  layer: string,
): number {
  return precision.weights.get(layer) ?? scheme.weightBits;
}
