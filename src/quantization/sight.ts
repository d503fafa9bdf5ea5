import { intAttribute, isStandard, type Use } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import { type LoadedModel, rankOfTensor } from '../runtime/load-model.ts';

/** A place where a tensor is added to another one. */
export interface Addition {
  readonly sum: string;
  readonly other: string;
}

/**
 * Tensors of which a Softmax sees but a part: it gives e^−40 = 4e−18 to what lies 40 below the greatest value, which no
 * type that follows can tell from zero. What lies deeper is a mask, whatever its constant, and sets no range.
 */
export interface Sight {
  /** Tensors that nothing but a Softmax reads, with the dimensions that it sums over. */
  readonly scores: ReadonlyMap<string, readonly number[]>;
  /** Activations and constants that are only added to such tensors, moved before or not. */
  readonly addends: ReadonlyMap<string, readonly Addition[]>;
}

/** How far below the greatest value of its row a Softmax sees. */
export const SIGHT = 40;

/** What is added below this to a score masks it; the scores of no model spread as far. */
export const DEEPEST = -1024;

/** The first opset with all operators that a graph needs to cut what is out of sight. */
const FIRST_OPSET = 9;

/** The first opset in which Softmax sums over one dimension, not over all behind it as well. */
const ONE_AXIS_OPSET = 13;

/** What the Softmaxes of a model do not see. */
export function sightOf(model: LoadedModel): Sight {
  const { view, opset } = model;
  const scores = new Map<string, readonly number[]>();
  if (opset < FIRST_OPSET) return { scores, addends: new Map() };
  const isInside = (name: string) => !view.outputs.has(name) && !view.captured.has(name);
  const usesOf = (name: string): readonly Use[] => (isInside(name) ? (view.uses.get(name) ?? []) : []);
  for (const [name] of view.producers) {
    const uses = usesOf(name);
    const axes = uses.map((use) => summedAxes(use, model));
    if (axes.length > 0 && axes[0] !== undefined && axes.every((each) => String(each) === String(axes[0])))
      scores.set(name, axes[0]);
  }
  const known = new Map<string, readonly Addition[]>();
  const additionsOf = (name: string): readonly Addition[] => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const places = usesOf(name).map(({ node, input }) => {
      const [output] = node.output;
      if (isMoving(node) && input === 0) return additionsOf(output);
      const isAdded = node.opType === 'Add' && isStandard(node);
      if (!isAdded || (!scores.has(output) && additionsOf(output).length === 0)) return [];
      return [{ sum: output, other: node.input[1 - input] }];
    });
    const all = places.some((each) => each.length === 0) ? [] : places.flat();
    known.set(name, all);
    return all;
  };
  if (scores.size > 0) for (const name of [...view.uses.keys()]) additionsOf(name);
  return { scores, addends: new Map([...known].filter(([, places]) => places.length > 0)) };
}

function summedAxes({ node, input }: Use, model: LoadedModel): number[] | undefined {
  if (node.opType !== 'Softmax' || !isStandard(node) || input !== 0) return undefined;
  if (model.opset >= ONE_AXIS_OPSET) return [intAttribute(node, 'axis', -1)];
  const rank = rankOfTensor(model, node.input[0]);
  if (rank === undefined) return undefined;
  const axis = intAttribute(node, 'axis', 1);
  const first = axis < 0 ? axis + rank : axis;
  return Array.from({ length: rank - first }, (_, i) => first + i);
}
