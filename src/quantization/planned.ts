import type { LayerPrecisions } from '../config/target-id.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { filePlan } from './file-plan.ts';
import { type Plan, planFor } from './plan.ts';
import { floatsOf, type Precision, precisionOf, precisionPlaces, uniform } from './precision.ts';
import type { Scheme } from './scheme.ts';
import { type Unit, unitsOf } from './units.ts';

/** A model with where one target quantizes it: everything that needs no data. */
export interface Planned {
  readonly model: LoadedModel;
  readonly scheme: Scheme;
  readonly plan: Plan;
  /** Where layers have other bits than the scheme. */
  readonly precision: Precision;
  /** Where quantization enters, in the order of the graph. */
  readonly units: readonly Unit[];
}

/**
 * Plans a model for a scheme's target; a file that is quantized already has its plan.
 *
 * @param layers the layers that have a precision of their own; names that the model does not have are passed over
 */
export function planModel(model: LoadedModel, scheme: Scheme, layers: LayerPrecisions = new Map()): Planned {
  if (model.file !== undefined) {
    const plan = filePlan(model, model.file);
    return { model, scheme, plan, precision: uniform, units: unitsOf(model, plan) };
  }
  const plan = planFor(model, scheme.target, floatsOf(layers));
  const units = unitsOf(model, plan);
  const precision = precisionOf(precisionPlaces(model.view, plan, units), layers);
  return { model, scheme, plan, precision, units };
}
