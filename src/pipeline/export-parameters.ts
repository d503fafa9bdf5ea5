import type { LayerParameters, ParameterSet, TensorParameters } from '../formats/parameter-set.ts';
import { partsOf } from '../numerics/parts.ts';
import { type GraphView, intAttribute } from '../onnx/graph.ts';
import { isMoving, movedTo } from '../onnx/moving.ts';
import { channelScale } from '../quantization/blocked-weight.ts';
import type { Layer } from '../quantization/layer.ts';
import type { ActivationParameters } from '../quantization/on-grid.ts';
import type { WeightParameters } from '../quantization/parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { Scheme } from '../quantization/scheme.ts';

/**
 * The parameters of one target on one model as its files are made from, under the names of the user's model.
 *
 * @param names the user's names of weights that have others in the planned model; none where that model is delivered
 */
export function parameterSetOf(
  quantized: Quantized,
  names: ReadonlyMap<string, string> = quantized.model.weightNames,
): ParameterSet {
  const { model, plan, parameters } = quantized;
  const { view } = model;
  const grids = gridsByTensor(view, new Map([...parameters.grids, ...sharedWith(quantized)]));
  const activation = (name: string) => {
    const params = grids.get(name)!;
    return tensorOf(name, 'activation', { params: [params], grid: params.grid, axis: null });
  };
  const constants = [...parameters.activations].filter(([name]) => view.initializers.has(name));
  const inOrder = [...view.inputs.map((i) => i.name), ...view.graph.node.flatMap((n) => n.output)];
  return {
    activations: inOrder.filter((name) => grids.has(name)).map(activation),
    passedOn: new Set([...grids.keys()].filter((name) => !parameters.activations.has(name))),
    layers: plan.layers.map((layer) => layerOf(layer, quantized, names, grids, activation)),
    constants: constants.map(([name, params]) =>
      tensorOf(names.get(name) ?? name, 'weight', {
        params: [params],
        grid: params.grid,
        axis: null,
      }),
    ),
  };
}

/** Tensors that need no rounding, as they are on the grid of others that have one. */
function sharedWith({ plan, parameters: { activations } }: Quantized): [string, ActivationParameters][] {
  return [...plan.grids].flatMap(([name, { tensors }]) => {
    const other = tensors.find((each) => activations.has(each));
    return activations.has(name) || other === undefined ? [] : [[name, activations.get(other)!]];
  });
}

/**
 * The grids of activations as a toolchain needs them: also of those that operators without arithmetic make from a
 * tensor on a grid, or make one from. It would choose its own for them, or compute in floating point around them.
 */
function gridsByTensor(
  { graph, uses, initializers, outputs, captured }: GraphView,
  known: ReadonlyMap<string, ActivationParameters>,
): Map<string, ActivationParameters> {
  const grids = new Map(known);
  const carry = (from: string, to: string) => {
    const grid = grids.get(from);
    if (grid !== undefined && !grids.has(to) && !initializers.has(to)) grids.set(to, grid);
  };
  const moving = graph.node.filter((node) => isMoving(node));
  for (const node of moving) for (const to of movedTo(node)) carry(node.input[0], to);
  for (const node of moving.toReversed()) {
    const [from] = node.input;
    const isShared = (uses.get(from)?.length ?? 0) > 1 || outputs.has(from) || captured.has(from);
    if (!isShared && node.output.length === 1) carry(node.output[0], from);
  }
  return grids;
}

function layerOf(
  layer: Layer,
  { parameters, scheme }: Quantized,
  names: ReadonlyMap<string, string>,
  grids: ReadonlyMap<string, ActivationParameters>,
  activation: (name: string) => TensorParameters,
): LayerParameters {
  const weights = parameters.weights.get(layer.name);
  const groups = intAttribute(layer.node, 'group', 1);
  const { bias } = layer;
  const named = (name: string) => names.get(name) ?? name;
  return {
    name: layer.name,
    ...(layer.node.name === '' && { isUnnamed: true }),
    op: layer.op,
    groups,
    depthwise: layer.op === 'Conv' && groups > 1 && weights?.dims[1] === 1,
    // Of a layer whose weights alone are quantized none has a grid.
    inputs: layer.activations.filter((name) => grids.has(name)).map(activation),
    weight: weights === undefined ? undefined : weightOf(named(layer.weight!.name), weights, scheme),
    bias: bias && named(bias.name),
    output: layer.output,
  };
}

function weightOf(name: string, weights: WeightParameters, { target }: Scheme): TensorParameters {
  const tensor = tensorOf(name, 'weight', weights);
  const { blocks, dims, params, grid } = weights;
  const greatest = target.blocks?.greatestMultiple;
  if (blocks === undefined || greatest === undefined) return tensor;
  const { perChannel, count } = partsOf(weights);
  const channelScales = Array.from({ length: count / perChannel }, (_, channel) =>
    channelScale(params.slice(channel * perChannel, (channel + 1) * perChannel), greatest),
  );
  return {
    ...tensor,
    blocks: {
      ...blocks,
      shape: dims.map((d, i) => (i === blocks.axis ? perChannel : i === weights.axis ? d : 1)),
      channelScales,
      multiples: params.map(({ scale }, i) => Math.round(scale / channelScales[Math.floor(i / perChannel)])),
      channelBits: grid.bits + Math.log2(greatest),
    },
  };
}

function tensorOf(
  name: string,
  kind: TensorParameters['kind'],
  { params, grid, axis }: Pick<WeightParameters, 'params' | 'grid' | 'axis'>,
): TensorParameters {
  const { bits, symmetric, qmin, qmax } = grid;
  const scales = params.map((p) => p.scale);
  const zeroPoints = params.map((p) => p.zeroPoint);
  return { name, kind, bits, symmetric, qmin, qmax, axis, scales, zeroPoints };
}
