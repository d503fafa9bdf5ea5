import type { QuantParams } from '../numerics/grid.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, type GraphView } from '../onnx/graph.ts';
import { readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { hasFactors, type IntegerBias, integerBias } from './bias.ts';
import type { Parameters } from './parameters.ts';
import type { Layer, Plan } from './plan.ts';
import { storageOf } from './quantizer.ts';

/** A layer that goes from integers to integers: accumulate, multiply, round. */
export interface RescaledLayer {
  readonly layer: Layer;
  readonly bias: IntegerBias | undefined;
  /** The quantized activation that it produces, after a fused Relu or Clip. */
  readonly produces: string;
  /** The Relu or Clip that saturation replaces. */
  readonly fused: NodeProto | undefined;
  /** input scale × weight scale / output scale, one per output channel or a single one, in float32 as multiplied. */
  readonly multiplier: Float32Array;
}

const SUPPORTED = new Set(['Conv', 'Gemm', 'MatMul']);

/**
 * The layers whose inputs, weights and output all lie on grids, so that the integers themselves can be computed:
 * sums of products of integers are exact in float32 below 2^24, whatever their order, and one multiplication by
 * the multiplier and one rounding give the next integers, as in ONNX Runtime's QLinearConv and QLinearMatMul
 * (MlasRequantizeOutput). Summing dequantized values instead differs in the last bit, and deep networks amplify it.
 */
export function rescaledLayers(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
  view: GraphView,
): RescaledLayer[] {
  const { qmin, qmax } = parameters.activationGrid;
  const storage = storageOf(parameters.activationGrid);
  // A grid narrower than its integer type needs a clamp that saturation does not do.
  if (storage.qmin !== qmin || storage.qmax !== qmax) return [];
  return plan.layers.flatMap((layer) => {
    const end = endOf(layer, plan, parameters, view);
    const bias = integerBias(model, layer, parameters);
    const hasBias = (layer.node.input[2] ?? '') !== '';
    if (
      end === undefined ||
      !SUPPORTED.has(layer.op) ||
      hasFactors(layer) ||
      hasBias !== (bias !== undefined)
    )
      return [];
    const multiplier = multiplierOf(layer, parameters, end.params);
    return multiplier === undefined
      ? []
      : [{ layer, bias, produces: end.produces, fused: end.fused, multiplier }];
  });
}

/** Where the integers of a layer end up: its own output, or behind a Relu or Clip that saturation does as well. */
function endOf(layer: Layer, plan: Plan, parameters: Parameters, view: GraphView) {
  const direct = parameters.activations.get(layer.output);
  if (direct !== undefined) return { produces: layer.output, params: direct, fused: undefined };
  const uses = view.uses.get(layer.output) ?? [];
  if (uses.length !== 1 || view.outputs.has(layer.output) || view.captured.has(layer.output))
    return undefined;
  const [{ node }] = uses;
  const produces = node.output[0];
  const params = parameters.activations.get(produces);
  if (params === undefined || !plan.activations.has(produces)) return undefined;
  return saturates(node, params, view) ? { produces, params, fused: node } : undefined;
}

function saturates(node: NodeProto, params: QuantParams, view: GraphView): boolean {
  if (node.opType === 'Relu') return params.alpha === 0;
  if (node.opType !== 'Clip') return false;
  const bound = (index: number, name: string, none: number) => {
    const input = node.input[index] ?? '';
    if (input === '') return attributeOf(node, name)?.f ?? none;
    const constant = view.initializers.get(input);
    return constant === undefined ? Number.NaN : Number(readTensor(constant, input).data[0]);
  };
  const slack = 1e-6 * (params.beta - params.alpha);
  return (
    bound(1, 'min', -Infinity) <= params.alpha + slack && params.beta - slack <= bound(2, 'max', Infinity)
  );
}

/** fround(fround(s_x · s_w) / s_y), in the order in which ONNX Runtime multiplies and divides. */
function multiplierOf(layer: Layer, parameters: Parameters, output: QuantParams): Float32Array | undefined {
  const inputs = layer.activations.map((name) => parameters.activations.get(name)?.scale);
  const weights = parameters.weights.get(layer.name)?.params.map((p) => p.scale);
  // A weight on the left of a MatMul has its channels in the rows of the output.
  if (inputs.includes(undefined) || (layer.weight?.input === 0 && weights!.length > 1)) return undefined;
  const [first, second] = inputs as number[];
  const others = weights ?? [second];
  return Float32Array.from(others, (scale) => Math.fround(first * scale) / output.scale);
}
