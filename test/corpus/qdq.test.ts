import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../src/emulation/qdq-model.ts';
import { readQdq } from '../../src/formats/qdq-onnx.ts';
import type { Tensor } from '../../src/numerics/tensor.ts';
import type { ModelProto } from '../../src/onnx/gen/onnx_pb.ts';
import { parseModel, serializeModel } from '../../src/onnx/model.ts';
import { calibrateModel } from '../../src/pipeline/calibrate.ts';
import { inBatches, openSamples } from '../../src/pipeline/open-samples.ts';
import { type Context, type Prepared, prepare } from '../../src/pipeline/prepare.ts';
import type { Parameters } from '../../src/quantization/parameters.ts';
import { quantize } from '../../src/quantization/quantized.ts';
import { configOf, corpusContext, models } from '../support/corpus.ts';
import { tensorrtComplaints } from '../support/tensorrt-rules.ts';

const CALIBRATION_SAMPLES = 16;
const EVALUATION_SAMPLES = 8;
/** Room for a rounding that falls to the other side of a tie here and there. */
const LEAST_SQNR_DB = 60;

let context: Context;
beforeAll(async () => {
  context = await corpusContext();
});

describe.each(models)('%s', (name) => {
  let prepared: Prepared;
  let chosen: {
    id: string;
    parameters: Parameters;
    /** The emulation that computes with dequantized values, as float Q/DQ does. */
    dequantized: ModelProto;
    /** The emulation as it gates: with the integers themselves where the target's rescale is known. */
    emulated: ModelProto;
    explicit: ModelProto;
  }[];

  beforeAll(async () => {
    const config = configOf(name, ['tensorrt', 'onnxruntime']);
    const [first] = config.calibration.range!;
    const [start] = config.evaluation.range!;
    prepared = await prepare(
      {
        ...config,
        calibration: { ...config.calibration, range: [first, first + CALIBRATION_SAMPLES] },
        evaluation: { ...config.evaluation, range: [start, start + EVALUATION_SAMPLES] },
      },
      context,
    );
    const { histograms } = await calibrateModel(prepared, context);
    chosen = prepared.targets.map(({ config: { id }, ...planned }) => {
      const quantized = quantize(planned, histograms, new Map());
      const { parameters } = quantized;
      const written = qdqModel(quantized, planned.scheme.target.qdq!);
      if ('obstacle' in written) throw new Error(written.obstacle);
      const bytes = serializeModel(written.model);
      keep(`${name}.${id}.onnx`, bytes);
      const emulated = emulatedModel(quantized, 'integer').model;
      const dequantized = emulatedModel(quantized, 'float').model;
      return { id, parameters, dequantized, emulated, explicit: parseModel(bytes, id) };
    });
  });

  it('runs as the emulation does', async () => {
    for (const { id, dequantized, emulated, explicit } of chosen) {
      const results = await outputs(explicit, 'float');
      const integers = await outputs(explicit, 'integer');
      const float = sqnr(await outputs(dequantized, 'float'), results);
      const gated = await outputs(emulated, 'float');
      console.log(
        `${name} ${id}: float Q/DQ beside the emulation of dequantized values ${text(float)}, beside the one that ` +
          `gates ${text(sqnr(gated, results))}; int8 kernels beside the one that gates ${text(sqnr(gated, integers))}`,
      );
      expect(float, id).toBeGreaterThanOrEqual(LEAST_SQNR_DB);
    }
  });

  it('is what the TensorRT parser takes', () => {
    expect(tensorrtComplaints(chosen.find((c) => c.id === 'tensorrt')!.explicit)).toEqual([]);
  });

  it('is read back bit for bit', () => {
    for (const { id, parameters, explicit } of chosen) {
      const { tensors } = readQdq(explicit, id);
      const read = new Map(tensors.map((t) => [t.name, [t.scales, t.zeroPoints]]));
      for (const [tensor, p] of parameters.activations)
        expect(read.get(tensor), `${id} ${tensor}`).toEqual([[p.scale], [p.zeroPoint]]);
      const weights = tensors.filter((t) => t.kind === 'weight').map((t) => t.scales);
      const expected = [...parameters.weights.values()].map((w) => w.params.map((p) => p.scale));
      expect(sorted(weights), id).toEqual(sorted(expected));
    }
  });

  async function outputs(model: ModelProto, optimize: 'float' | 'integer'): Promise<Float32Array[]> {
    const session = await context.runtime.open(serializeModel(model), { optimize });
    const dataset = await openSamples(prepared.config.evaluation, prepared, context.place);
    const results: Float32Array[] = [];
    const names = prepared.model.outputs.map(({ name }) => name);
    try {
      for await (const batch of inBatches(dataset, prepared, context.signal))
        results.push(
          ...Object.values(await session.run(batch.inputs, names)).map((t: Tensor) => t.data as Float32Array),
        );
      return results;
    } finally {
      await dataset.close();
      await session.close();
    }
  }
});

/** Power of the signal over that of the difference, in dB. */
function sqnr(signal: readonly Float32Array[], other: readonly Float32Array[]): number {
  let [power, noise] = [0, 0];
  signal.forEach((values, i) => {
    values.forEach((x, j) => {
      power += x * x;
      noise += (x - other[i][j]) ** 2;
    });
  });
  return 10 * Math.log10(power / noise);
}

const text = (db: number) => (db === Infinity ? 'the same bits' : `${db.toFixed(1)} dB`);

const sorted = (lists: readonly (readonly number[])[]) => lists.map((l) => l.join(' ')).sort();

/** With `QDQ_OUT` the files stay, for other tools to be tried on. */
function keep(file: string, bytes: Uint8Array): void {
  const folder = process.env.QDQ_OUT;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), bytes);
}
