import { intAttribute, type Use } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { GridRules, LayerShape, Target } from '../targets/target.ts';
import { floatNodes } from './float-nodes.ts';
import { roundedAt } from './fused-chains.ts';
import { hasFactors, isWeighted, type Layer, layerOf, nodeNames } from './layer.ts';
import { everyActivation, operatorInputs, type Placed } from './places.ts';
import { type SharedGrid, sharedGrids } from './shared-grids.ts';
import { staysFloat } from './stays-float.ts';

/** Where a target quantizes a model. */
export interface Plan {
  readonly layers: readonly Layer[];
  /**
   * Each quantized activation with the places that read its quantized form, and each constant that an operator takes
   * like one.
   */
  readonly activations: ReadonlyMap<string, readonly Use[]>;
  /** Outputs of the model that leave on their grid; all that reads one inside of the model does, too. */
  readonly outputs: ReadonlySet<string>;
  /** Grids that are not one activation's own, or not free, by tensor. */
  readonly grids: ReadonlyMap<string, SharedGrid>;
  /** Layers with multiplications that stay in floating point, and why. */
  readonly notQuantized: readonly { readonly layer: string; readonly op: string; readonly why: string }[];
}

/** Why a layer has floating point that the target would compute with integers. */
const ASKED = 'layers of the target keep it in floating point';

/**
 * Decides for every tensor of the main graph whether the target puts it on an integer grid.
 *
 * @param floats names of operators that are to compute in floating point
 */
export function planFor(
  model: LoadedModel,
  { placement, noKernel }: Target,
  floats: ReadonlySet<string> = new Set(),
): Plan {
  const { view } = model;
  const isFloat = floatNodes(view, floats);
  const isActivation = (name: string) =>
    name !== '' && !view.initializers.has(name) && model.tensors.get(name)?.type === 'float32';
  const layers: Layer[] = [];
  const notQuantized: { layer: string; op: string; why: string }[] = [];
  for (const [node, name] of nodeNames(view.graph)) {
    const layer = isWeighted(node) ? layerOf(node, name, view, isActivation) : undefined;
    const kept = layer && (isFloat(node) ? ASKED : noKernel?.(shapeOf(layer, model)));
    const why = kept ?? (isWeighted(node) ? 'its inputs are not float32' : staysFloat(node));
    if (layer !== undefined && kept === undefined) layers.push(layer);
    else if (why !== undefined) notQuantized.push({ layer: name, op: node.opType, why });
  }
  const placed = { view, layers, isActivation, isFloat };
  const activations =
    placement.kind === 'none'
      ? NOWHERE
      : placement.kind === 'operator-inputs'
        ? operatorInputs(placed, placement.residualAdd)
        : everyActivation(placed, placement);
  const outputs =
    placement.kind !== 'every-activation'
      ? []
      : [...view.outputs].filter((name) => {
          const producer = view.producers.get(name);
          return producer !== undefined && activations.has(name) && !isFloat(producer);
        });
  const rules = placement.kind === 'every-activation' ? placement.rules : undefined;
  const grids = rules === undefined ? new Map() : gridsBetween(placed, activations.keys(), rules);
  return { layers, activations, outputs: new Set(outputs), grids, notQuantized };
}

function gridsBetween(placed: Placed, quantized: Iterable<string>, rules: GridRules): Plan['grids'] {
  const { view, isActivation } = placed;
  const beforeRelu = [...view.producers].flatMap(([name, producer]) =>
    isActivation(name) && !isMoving(producer) && roundedAt(name, view, rules) === 'relu' ? [name] : [],
  );
  return sharedGrids(placed, { quantized, beforeRelu }, rules);
}

/** What the kernels of a target depend on. */
export function shapeOf(layer: Layer, { view }: LoadedModel): LayerShape {
  const { op, weight, node } = layer;
  const dims = weight === undefined ? [] : view.initializers.get(weight.name)!.dims.map(Number);
  const isPlain = op !== 'Gemm' || (!hasFactors(layer) && intAttribute(node, 'transA', 0) === 0);
  return { op, weight: dims, input: weight?.input, isPlain };
}

const NOWHERE: ReadonlyMap<string, readonly Use[]> = new Map();
