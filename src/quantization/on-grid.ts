import { type Grid, type QuantParams, quantParams, type Range } from '../numerics/grid.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, isStandard, type Use } from '../onnx/graph.ts';
import { isMoving, movedTo } from '../onnx/moving.ts';

/** Parameters of an activation with the grid that they are on. */
export interface ActivationParameters extends QuantParams {
  readonly grid: Grid;
}

/** A range on a grid. */
export function onGrid(range: Range, grid: Grid): ActivationParameters {
  return { ...quantParams(range, grid), grid };
}

/**
 * The grid of every activation that lies on one: those that are quantized, and what operators without arithmetic
 * (Reshape, MaxPool) make from them. One that reads the values before they are quantized passes nothing on.
 *
 * @param plan the places that read the quantized form of each of `quantized`
 * @param handsOn operators beside those without arithmetic whose first output is on the grid of their first input
 */
export function gridsOf(
  view: GraphView,
  plan: ReadonlyMap<string, readonly Use[]>,
  quantized: ReadonlyMap<string, ActivationParameters>,
  handsOn: ReadonlySet<string> = new Set(),
): Map<string, ActivationParameters> {
  const grids = new Map(quantized);
  const readsGrid = (node: NodeProto, name: string) =>
    quantized.has(name) ? plan.get(name)?.some((use) => use.node === node && use.input === 0) : true;
  for (const node of view.graph.node) {
    const isPassing = isStandard(node) && handsOn.has(node.opType);
    if (!isMoving(node) && !isPassing) continue;
    const grid = grids.get(node.input[0]);
    if (grid === undefined || !readsGrid(node, node.input[0])) continue;
    const outputs = isMoving(node) ? movedTo(node) : node.output.slice(0, 1);
    for (const name of outputs) if (!grids.has(name)) grids.set(name, grid);
  }
  return grids;
}
