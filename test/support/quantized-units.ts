import { cumulativeNsr } from '../../src/attribution/cumulative-error.ts';
import { localErrors } from '../../src/attribution/local/local-errors.ts';
import { inGroups } from '../../src/attribution/local/unit-batches.ts';
import type { Batch } from '../../src/data/batch.ts';
import { emulatedModel } from '../../src/emulation/emulated-model.ts';
import type { Range } from '../../src/numerics/grid.ts';
import type { Tensor } from '../../src/numerics/tensor.ts';
import type { Scheme } from '../../src/quantization/scheme.ts';
import type { LoadedModel } from '../../src/runtime/load-model.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import type { Target } from '../../src/targets/target.ts';
import { quantizedBy } from './quantize.ts';

export function schemeOf(target: Target, changes: Partial<Scheme> = {}): Scheme {
  const { granularity } = target.weights;
  return { target, granularity, weightBits: 8, activationBits: 8, range: 'min-max', ...changes };
}

/** A batch of samples that come in one tensor per input. */
export function batchOf(inputs: Record<string, Tensor>, samples = Object.values(inputs)[0].dims[0]): Batch {
  const indices = Array.from({ length: samples }, (_, i) => i);
  return { indices, labels: indices.map(() => undefined), size: Object.values(inputs)[0].dims[0], inputs };
}

/** Units of a model under a scheme with the given ranges, to be measured on probes. */
export function unitsUnder(model: LoadedModel, scheme: Scheme, ranges: Record<string, Range>) {
  const quantized = quantizedBy(model, scheme, new Map(), ranges);
  const groups = inGroups(quantized, new Map());
  return {
    quantized,
    plan: quantized.plan,
    parameters: quantized.parameters,
    units: quantized.units,
    errors: (probes: readonly Batch[], runtime: Runtime) =>
      localErrors(quantized, groups, probes, { runtime }),
    cumulative: (probes: readonly Batch[], runtime: Runtime) =>
      cumulativeNsr({ quantized, emulation: emulatedModel(quantized, 'integer') }, groups, probes, {
        runtime,
      }),
  };
}
