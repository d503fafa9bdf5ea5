import type { LoadedModel } from '../runtime/load-model.ts';
import type { LocalError } from './attribution.ts';
import type { NoiseProducts } from './impact/noise-products.ts';
import type { SamplePowers } from './impact/output-noise.ts';

/** What was measured of the units of a model on its probes, by keys of what they compute and of the probes. */
export interface Measurements {
  readonly local: Map<string, LocalError>;
  /** At the end of the model, with a set of units quantized. */
  readonly powers: Map<string, readonly SamplePowers[]>;
  readonly products: Map<string, NoiseProducts | undefined>;
}

/** The measurements of each model, which targets share that are measured on the same probes, at the same outputs. */
export type Shared = (model: LoadedModel) => Measurements;

/** Nothing measured yet. */
export function sharedMeasurements(): Shared {
  const all = new WeakMap<LoadedModel, Measurements>();
  return (model) => {
    const known = all.get(model) ?? { local: new Map(), powers: new Map(), products: new Map() };
    all.set(model, known);
    return known;
  };
}
