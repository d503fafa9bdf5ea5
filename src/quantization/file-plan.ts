import type { FileQuantizer } from '../onnx/file-quantizer.ts';
import type { Use } from '../onnx/graph.ts';
import { isMoving, movedTo } from '../onnx/moving.ts';
import type { FileGrids } from '../onnx/without-quantizers.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Target } from '../targets/target.ts';
import { isWeighted, type Layer, layerOf, nodeNames } from './layer.ts';
import type { Plan } from './plan.ts';
import type { Scheme } from './scheme.ts';
import { staysFloat } from './stays-float.ts';

/** Where a file that is quantized already puts tensors on grids: there, and nowhere else, whatever the target. */
export function filePlan(model: LoadedModel, file: NonNullable<LoadedModel['file']>): Plan {
  const { view } = model;
  const layers: Layer[] = [];
  const notQuantized: Plan['notQuantized'][number][] = [];
  const isActivation = (name: string) =>
    name !== '' && !view.initializers.has(name) && model.tensors.get(name)?.type === 'float32';
  const reads = gridReads(model, file);
  for (const [node, name] of nodeNames(view.graph)) {
    const layer = isWeighted(node) ? layerOf(node, name, view, isActivation) : undefined;
    const why = layer === undefined ? whyFloat(isWeighted(node), node) : missing(layer, file, reads);
    if (layer !== undefined && why === undefined) layers.push(layer);
    else if (why !== undefined) notQuantized.push({ layer: name, op: node.opType, why });
  }
  const weights = new Set(layers.map(({ weight }) => weight?.name));
  const operands = [...file.weights].flatMap(([name, { axis }]): [string, Use[]][] => {
    const uses = (view.uses.get(name) ?? []).filter(({ node }) => !isWeighted(node));
    return axis !== null || weights.has(name) || uses.length === 0 ? [] : [[name, uses]];
  });
  const activations = [...file.activations].map(([name, { uses }]) => [name, uses] as const);
  return {
    layers,
    activations: new Map([...activations, ...operands]),
    outputs: file.outputs,
    grids: new Map(),
    notQuantized,
  };
}

/** The scheme that a file was quantized with: the widest of its grids, and its own ranges. */
export function schemeOfFile({ activations, weights }: FileGrids, target: Target): Scheme {
  const widest = (all: readonly FileQuantizer[]) => Math.max(8, ...all.map(({ bits }) => bits));
  const ofWeights = [...weights.values()];
  return {
    target,
    granularity: ofWeights.some(({ axis }) => axis !== null) ? 'per-channel' : 'per-tensor',
    weightBits: widest(ofWeights),
    activationBits: widest([...activations.values()].map(({ quantizer }) => quantizer)),
    range: 'file',
  };
}

function whyFloat(isProduct: boolean, node: Layer['node']): string | undefined {
  return isProduct ? 'its inputs are not float32' : staysFloat(node);
}

/** What a layer would need to multiply integers, and the file does not have. */
function missing(layer: Layer, file: NonNullable<LoadedModel['file']>, reads: GridReads): string | undefined {
  const { node, weight } = layer;
  if (weight !== undefined && !file.weights.has(weight.name))
    return 'the file has no quantizer at its weight';
  const isOnGrid = layer.node.input
    .slice(0, 2)
    .every((name, input) => input === weight?.input || reads(node, input, name));
  return isOnGrid ? undefined : 'the file has no quantizer at what it reads';
}

/** Whether a node reads values on a grid at an input. */
type GridReads = (node: Layer['node'], input: number, name: string) => boolean;

/** Readers of a quantized form, and of what operators without arithmetic make of one. */
function gridReads({ view }: LoadedModel, { activations }: NonNullable<LoadedModel['file']>): GridReads {
  const moved = new Set<string>();
  const isListed = (node: Layer['node'], input: number, name: string) =>
    activations.get(name)?.uses.some((use) => use.node === node && use.input === input) ?? false;
  const reads: GridReads = (node, input, name) => moved.has(name) || isListed(node, input, name);
  for (const node of view.graph.node)
    if (isMoving(node) && reads(node, 0, node.input[0])) for (const name of movedTo(node)) moved.add(name);
  return reads;
}
