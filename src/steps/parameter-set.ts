import type { Grid, QuantParams } from '../numerics/grid.ts';
import { intAttribute, viewGraph } from '../onnx/graph.ts';
import { movedTo } from '../quantization/on-grid.ts';
import type { Parameters, WeightParameters } from '../quantization/parameters.ts';
import { isMoving, type Layer, type Plan } from '../quantization/plan.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import type { LayerParameters, ParameterSet, TensorParameters } from '../targets/formats/parameter-set.ts';

/** The parameters of one target on one model as its files are made from, under the names of the user's model. */
export function parameterSetOf(model: LoadedModel, plan: Plan, parameters: Parameters): ParameterSet {
  const grids = gridsByTensor(model, parameters.grids);
  const activation = (name: string) => tensorOf(name, [grids.get(name)!], parameters.activationGrid);
  const view = viewGraph(model.model);
  const inOrder = [...view.inputs.map((i) => i.name), ...view.graph.node.flatMap((n) => n.output)];
  return {
    activations: inOrder.filter((name) => grids.has(name)).map(activation),
    passedOn: new Set([...grids.keys()].filter((name) => !parameters.activations.has(name))),
    layers: plan.layers.map((layer) => layerOf(layer, model, parameters, activation)),
  };
}

/**
 * The grids of activations as a toolchain needs them: also of those that operators without arithmetic make from a
 * tensor on a grid, or make one from. It would choose its own for them, or compute in floating point around them.
 */
function gridsByTensor(
  model: LoadedModel,
  known: ReadonlyMap<string, QuantParams>,
): Map<string, QuantParams> {
  const { graph, uses, initializers, outputs, captured } = viewGraph(model.model);
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
  model: LoadedModel,
  parameters: Parameters,
  activation: (name: string) => TensorParameters,
): LayerParameters {
  const weights = parameters.weights.get(layer.name);
  const groups = intAttribute(layer.node, 'group', 1);
  const { bias } = layer;
  const named = (name: string) => model.weightNames.get(name) ?? name;
  return {
    name: layer.name,
    op: layer.op,
    groups,
    depthwise: layer.op === 'Conv' && groups > 1 && weights?.dims[1] === 1,
    inputs: layer.activations.map(activation),
    weight: weights === undefined ? undefined : weightOf(named(layer.weight!.name), weights),
    bias: bias && named(bias.name),
    output: layer.output,
  };
}

function weightOf(name: string, { params, grid, axis }: WeightParameters): TensorParameters {
  return tensorOf(name, params, grid, axis, 'weight');
}

function tensorOf(
  name: string,
  params: readonly QuantParams[],
  { bits, symmetric, qmin, qmax }: Grid,
  axis: number | null = null,
  kind: TensorParameters['kind'] = 'activation',
): TensorParameters {
  const scales = params.map((p) => p.scale);
  const zeroPoints = params.map((p) => p.zeroPoint);
  return { name, kind, bits, symmetric, qmin, qmax, axis, scales, zeroPoints };
}
