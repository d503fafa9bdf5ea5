import type { LoadedModel } from '../runtime/load-model.ts';
import { filePlan } from './file-plan.ts';
import { type Plan, planFor } from './plan.ts';
import type { Scheme } from './scheme.ts';
import { type Unit, unitsOf } from './units.ts';

/** A model with where one target quantizes it: everything that needs no data. */
export interface Planned {
  readonly model: LoadedModel;
  readonly scheme: Scheme;
  readonly plan: Plan;
  /** Where quantization enters, in the order of the graph. */
  readonly units: readonly Unit[];
}

/** Plans a model for a scheme's target; a file that is quantized already has its plan. */
export function planModel(model: LoadedModel, scheme: Scheme): Planned {
  const plan = model.file === undefined ? planFor(model, scheme.target) : filePlan(model, model.file);
  return { model, scheme, plan, units: unitsOf(model, plan) };
}
