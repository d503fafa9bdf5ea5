import type { QuantParams } from '../numerics/grid.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import type { GraphView } from '../onnx/graph.ts';
import { boundsOf } from './bounds.ts';
import type { ActivationParameters } from './on-grid.ts';
import type { Parametrized } from './parameters.ts';

/** Where integers end up that a chip rescales. */
export interface OntoGrid {
  /** The quantized activation that the integers make, after a fused Relu or Clip. */
  readonly produces: string;
  /** The Relu or Clip that saturation replaces. */
  readonly fused: NodeProto | undefined;
}

/**
 * Where the integers behind an operator end up: its own output, or behind a Relu or Clip that saturation does as well.
 *
 * @param output of the operator
 * @returns undefined where they do not end up on a grid
 */
export function endOf(
  output: string,
  { model: { view }, parameters }: Parametrized,
): (OntoGrid & { readonly params: ActivationParameters }) | undefined {
  // The body of an If or Loop reads real values under the tensor's own name.
  if (view.captured.has(output)) return undefined;
  const direct = parameters.activations.get(output);
  if (direct !== undefined) return { produces: output, params: direct, fused: undefined };
  const uses = view.uses.get(output) ?? [];
  if (uses.length !== 1 || view.outputs.has(output)) return undefined;
  const [{ node }] = uses;
  const produces = node.output[0];
  if (view.captured.has(produces)) return undefined;
  const params = parameters.activations.get(produces);
  if (params === undefined || !saturates(node, params, view)) return undefined;
  return { produces, params, fused: node };
}

function saturates(node: NodeProto, params: QuantParams, view: GraphView): boolean {
  const bounds = boundsOf(node, view);
  if (bounds === undefined) return false;
  if (node.opType === 'Relu') return params.alpha === 0;
  const slack = 1e-6 * (params.beta - params.alpha);
  return bounds.alpha <= params.alpha + slack && params.beta - slack <= bounds.beta;
}
