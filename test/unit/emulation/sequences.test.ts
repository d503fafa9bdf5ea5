import { beforeAll, describe, expect, it } from 'vitest';
import { collectHistograms } from '../../../src/calibration/histograms.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { attention, recurrent } from '../../support/sequences.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** Relative distance of the emulated output from FP32's on the sample that was calibrated on. */
async function relativeError(
  model: LoadedModel,
  chip: keyof typeof targets,
  inputs: Record<string, Tensor>,
  bits: number,
) {
  const target = targets[chip];
  const scheme = {
    target,
    granularity: target.weights.granularity,
    weightBits: bits,
    activationBits: bits,
    range: 'min-max' as const,
  };
  const planned = planModel(model, scheme);
  const observed = [...planned.plan.activations.keys()];
  const once = async function* () {
    yield { indices: [0], labels: [undefined], size: 1, inputs };
  };
  const histograms = await collectHistograms(
    model,
    { tensors: observed, elements: new Map() },
    once(),
    load.runtime,
  );
  const emulated = emulatedModel(quantize(planned, histograms, new Map()), 'integer').model;
  const [exact, quantized] = await Promise.all(
    [model.model, emulated].map(async (m) => {
      const session = await load.runtime.open(serializeModel(m), { optimize: 'float' });
      const { y } = await session.run(inputs);
      await session.close();
      return y.data as Float32Array;
    }),
  );
  const power = exact.reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(exact.reduce((sum, v, i) => sum + (v - quantized[i]) ** 2, 0) / power);
}

describe('a masked attention block', () => {
  const block = () => load(attention);
  const ids = { type: 'int64' as const, dims: [1, 3], data: BigInt64Array.of(4n, 0n, 9n) };

  it.each(['tensorrt', 'cambricon', 'snpe', 'onnxruntime'] as const)(
    'keeps its output on %s, where a mask of -10,000 is in float or sets no range',
    async (chip) => {
      expect(await relativeError(await block(), chip, { ids }, 8)).toBeLessThan(0.05);
    },
  );
});

describe('a recurrent model', () => {
  it('passes its LSTM through untouched and quantizes what follows', async () => {
    const model = await load(recurrent);
    expect(planFor(model, targets.tensorrt).notQuantized).toEqual([expect.objectContaining({ op: 'LSTM' })]);
    for (const chip of ['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const) {
      expect(await relativeError(model, chip, { x: random([5, 1, 3], 8) }, 8), chip).toBeLessThan(0.05);
    }
  });
});
