import type { LoadedModel } from '../runtime/load-model.ts';
import { nodeNames } from './layer.ts';
import { multiplicationsOf } from './multiplications.ts';
import type { Plan } from './plan.ts';

/** An operator that multiplies in floating point. */
export interface FloatOperator {
  /** As the plan shows it. */
  readonly layer: string;
  readonly op: string;
  /** Of the multiplications of the model that are known, 0 to 1; undefined where its own are not known. */
  readonly share: number | undefined;
}

/**
 * The operators whose multiplications a target does not do with integers, in the order of the graph, whether the plan lists
 * them or not.
 *
 * @param model with the shapes that are known
 */
export function floatMultiplications(model: LoadedModel, plan: Pick<Plan, 'layers'>): FloatOperator[] {
  const names = nodeNames(model.view.graph);
  const integer = new Set(plan.layers.map(({ node }) => node));
  const all = model.view.graph.node.map((node) => ({ node, count: multiplicationsOf(model, node) }));
  const total = all.reduce((sum, { count = 0 }) => sum + count, 0);
  return all.flatMap(({ node, count }) => {
    if (integer.has(node) || count === 0) return [];
    const share = count === undefined ? undefined : count / total;
    return [{ layer: names.get(node)!, op: node.opType, share }];
  });
}
