import { type GraphView, viewGraph } from '../onnx/graph.ts';
import { type IntegerLayer, integerLayers } from '../quantization/integer-layers.ts';
import type { Parameters } from '../quantization/parameters.ts';
import type { Layer, Plan } from '../quantization/plan.ts';
import type { LoadedModel } from '../runtime/simplify.ts';

/** What the steps of every unit are built from. */
export interface SplitContext {
  readonly model: LoadedModel;
  readonly view: GraphView;
  readonly parameters: Parameters;
  /** The layers that the target computes with integers. */
  readonly integers: ReadonlyMap<Layer, IntegerLayer>;
}

export function splitContext(model: LoadedModel, plan: Plan, parameters: Parameters): SplitContext {
  const view = viewGraph(model.model);
  const layers = integerLayers(model, plan, parameters, view);
  return { model, view, parameters, integers: new Map(layers.map((each) => [each.layer, each])) };
}

/** Number of dimensions of a tensor; 0 where it is not known. */
export function rankOf({ model }: SplitContext, tensor: string): number {
  return model.tensors.get(tensor)?.dims.length ?? 0;
}
