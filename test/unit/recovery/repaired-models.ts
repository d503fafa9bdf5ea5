import { fullNsr } from '../../../src/attribution/impact/impact.ts';
import type { RepairStep } from '../../../src/config/repair-steps.ts';
import type { Batch } from '../../../src/data/batch.ts';
import { createHistogram, type Histogram, observe } from '../../../src/numerics/histogram.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { type RepairSamples, repairLayers } from '../../../src/recovery/repair.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { valuesOf } from './rewriting.ts';

export interface Case {
  readonly model: LoadedModel;
  readonly samples: RepairSamples;
  readonly runtime: Runtime;
}

/** A model quantized for a chip, with ranges of activations that hold all that the samples make. */
export async function quantizedOn(
  { model, samples, runtime }: Case,
  chip: Chip,
  changes: Partial<Scheme> = {},
): Promise<Quantized> {
  const histograms = new Map<string, Histogram>();
  for (const { inputs } of [...samples.repairing, ...samples.apart]) {
    const fed = Object.entries(inputs).map(([name, { data }]) => [name, data as Float32Array] as const);
    for (const [name, values] of [...fed, ...Object.entries(await valuesOf(model, inputs, runtime))]) {
      const histogram = histograms.get(name) ?? createHistogram();
      histograms.set(name, histogram);
      observe(
        histogram,
        values,
        values.reduce((a, b) => Math.min(a, b)),
        values.reduce((a, b) => Math.max(a, b)),
      );
    }
  }
  return quantizedBy(model, schemeOf(targets[chip], changes), histograms);
}

export function repaired(quantized: Quantized, { samples, runtime }: Case, ...steps: RepairStep[]) {
  return repairLayers(quantized, steps, samples, runtime);
}

/** Noise / signal power of the outputs of a model. */
export function noiseOf(quantized: Quantized, batches: readonly Batch[], runtime: Runtime): Promise<number> {
  return fullNsr(quantized, batches, runtime, [...quantized.model.view.outputs]);
}
