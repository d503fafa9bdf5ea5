import type { Range } from '../../src/numerics/grid.ts';
import type { Histogram } from '../../src/numerics/histogram.ts';
import { planModel } from '../../src/quantization/planned.ts';
import { type Quantized, quantize } from '../../src/quantization/quantized.ts';
import type { Scheme } from '../../src/quantization/scheme.ts';
import type { LoadedModel } from '../../src/runtime/load-model.ts';

/** A model planned and quantized at once; every activation of the plan needs a histogram or a pin. */
export function quantizedBy(
  model: LoadedModel,
  scheme: Scheme,
  histograms: ReadonlyMap<string, Histogram>,
  pins: Readonly<Record<string, Range>> = {},
): Quantized {
  return quantize(planModel(model, scheme), histograms, new Map(Object.entries(pins)));
}
