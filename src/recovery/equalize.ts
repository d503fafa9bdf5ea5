import { makeNode, shallow, viewGraph } from '../onnx/graph.ts';
import { freshName } from '../onnx/names.ts';
import { upgradeOpset } from '../onnx/upgrade.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { type EqualizablePair, equalizablePairs, type Passed } from './equalizable.ts';
import { equalizingFactors } from './equalizing-factors.ts';
import { type ChannelLayout, MIN_BROADCAST_OPSET, upperBound } from './homogeneous.ts';
import {
  type ModelRewriting,
  newConstant,
  type Rewritten,
  replaceConstant,
  rewrite,
  rewrittenModel,
} from './rewritten.ts';
import { scaledWeight } from './weight-matrix.ts';

/**
 * Cross-layer equalization (Nagel et al., "Data-Free Quantization", arXiv 1906.04721, §4.1): each channel between two
 * layers is divided by a factor s in the first one's weight and bias and multiplied by it in the second one's weight, so
 * that it has the same largest |w| in both. Nothing else changes, but for the upper bound of a Clip from 0 (ReLU6): that
 * becomes a Relu and a Min with the bound of each channel, bound / s, whose output keeps the name. An opset below 8 is
 * raised to 8 where there is such a Clip: Min does not broadcast before.
 *
 * Weights of one scale for the whole tensor gain by it, those of a scale for each channel may lose.
 *
 * @param pinned tensors and constants that must stay as they are
 * @returns undefined where there is nothing to equalize; so for a file that is quantized already, whose grids are fixed
 */
export function equalized(model: LoadedModel, pinned: ReadonlySet<string>): Rewritten | undefined {
  if (model.file !== undefined) return undefined;
  const given = withBroadcastingMin(model);
  const { pairs, layers } = equalizingFactors(equalizablePairs(given, pinned));
  if (pairs.size === 0) return undefined;
  const rewriting = rewrite(given);
  for (const [{ weight, matrix }, factors] of layers) {
    const data = scaledWeight(matrix, factors);
    replaceConstant(rewriting, weight, { type: 'float32', dims: matrix.dims, data });
  }
  const changed = new Set<string>();
  const tied: (readonly string[])[] = [];
  for (const [pair, factors] of pairs) {
    for (const name of [...divideBias(rewriting, pair, factors), ...pair.tensors]) changed.add(name);
    for (const passed of pair.between) {
      const bound = upperBound(passed.node, given);
      if (bound === undefined) continue;
      const names = boundPerChannel(rewriting, passed, factors, bound);
      for (const name of names) changed.add(name);
      tied.push(names);
    }
  }
  return { model: rewrittenModel(rewriting), changed, tied };
}

function withBroadcastingMin(model: LoadedModel): LoadedModel {
  const hasClip = model.view.graph.node.some((node) => node.opType === 'Clip');
  if (model.opset >= MIN_BROADCAST_OPSET || !hasClip) return model;
  const upgraded = upgradeOpset(model.model, MIN_BROADCAST_OPSET, model.tensors);
  if ('obstacle' in upgraded) return model;
  return { ...model, opset: MIN_BROADCAST_OPSET, model: upgraded.model, view: viewGraph(upgraded.model) };
}

/** Gives the name of a bias that an Add adds: a target may quantize what it reads. */
function divideBias(
  rewriting: ModelRewriting,
  { first, bias }: EqualizablePair,
  factors: Float64Array,
): string[] {
  if (bias === undefined) return [];
  const { use, dims } = bias;
  const data = bias.data.map((b, i) => b / factors[i % factors.length]);
  const name = replaceConstant(rewriting, use, { type: 'float32', dims, data });
  return use.node === first.node ? [] : [name];
}

/** Puts min(relu(x), bound / s) in the place of a Clip; gives the names of its output, of the Relu's and of the bounds. */
function boundPerChannel(
  rewriting: ModelRewriting,
  { node, layout }: Passed,
  factors: Float64Array,
  bound: number,
): readonly string[] {
  const { names, given, nodes, tensors } = rewriting;
  const [output] = node.output;
  const relu = freshName(names.tensors, `${output}/relu`);
  const bounds = newConstant(rewriting, `${output}/bound`, {
    type: 'float32',
    dims: boundDims(layout),
    data: Float32Array.from(factors, (s) => bound / s),
  });
  const named = (made: ReturnType<typeof makeNode>, name: string) => shallow(made, { name });
  const first = makeNode('Relu', [node.input[0]], [relu]);
  nodes.set(node, [
    named(first, freshName(names.nodes, first.name)),
    named(makeNode('Min', [relu, bounds], [output]), node.name),
  ]);
  const type = given.tensors.get(output);
  if (type !== undefined) tensors.set(relu, type);
  return [output, relu, bounds];
}

/** Of as many dimensions as the tensor where their number is known, for tools that do not broadcast by rank. */
function boundDims({ channels, behind, rank = behind + 1 }: ChannelLayout): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis === rank - 1 - behind ? channels : 1));
}
