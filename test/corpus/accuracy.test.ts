import { describe, expect, it } from 'vitest';
import { readEvaluation } from '../../src/evaluation/evaluation-record.ts';
import { type CorpusModel, metaOf, models } from '../support/corpus.ts';
import { corpusProject, gateCorpus } from './gated.ts';

/** The figure of `meta.json` for FP32 or for the Python quantizer's INT8. */
function reference(model: CorpusModel, kind: 'fp32' | 'int8'): number {
  const { reference: all } = metaOf(model);
  const key = { fastestdet: 'map50', 'sed-unet': 'psnr_db' }[model as string] ?? 'top1';
  if (kind === 'fp32') return all.fp32[key] as number;
  const { per_channel, per_tensor } = all['onnxruntime_python_1.30_minmax'];
  // Its quantizer throws on mnist-cnn per channel.
  const figures = (typeof per_channel === 'string' ? per_tensor : per_channel) as Record<string, number>;
  return figures[key];
}

const TARGETS = ['onnxruntime', 'tensorrt'] as const;

interface Figures {
  readonly fp32: number;
  readonly onnxruntime: number;
  readonly tensorrt: number;
  /** On how many samples the real kernels give another class than the emulation. */
  readonly differing?: number;
}

function gated(model: CorpusModel): Figures {
  const targets = gateCorpus(model, TARGETS);
  const [onnxruntime, tensorrt] = TARGETS.map((id) => targets.get(id)!);
  return {
    fp32: onnxruntime!.metric.fp32,
    onnxruntime: onnxruntime!.metric.quantized,
    tensorrt: tensorrt!.metric.quantized,
    differing: onnxruntime!.realInt8?.differing,
  };
}

/** A gate would rank the layers of a model as small as sed-unet as well, which takes 15 times as long. */
function evaluated(model: CorpusModel): Figures {
  const project = corpusProject(model, TARGETS);
  const file = (kind: string) => `parts/${model}.1-of-1.${kind}.json`;
  try {
    project.run('calibrate', '-s', '1/1', '-o', 'parts');
    project.run('evaluate', '-s', '1/1', '-o', 'parts', '--calibration', file('calibration'));
    const { results } = readEvaluation(project.read(file('evaluation')), file('evaluation'));
    const value = (name: string) => results.get(name)!.value!;
    return { fp32: value('fp32'), onnxruntime: value('onnxruntime'), tensorrt: value('tensorrt') };
  } finally {
    project.remove();
  }
}

describe.each(models)('%s', (model) => {
  const inDecibel = model === 'sed-unet';

  it('has the FP32 metric of meta.json and keeps its accuracy in INT8 with the default ranges', () => {
    const { fp32, onnxruntime, tensorrt, differing } = inDecibel ? evaluated(model) : gated(model);
    expect(Math.abs(fp32 - reference(model, 'fp32'))).toBeLessThanOrEqual(inDecibel ? 0.05 : 0.001);
    const floor = reference(model, 'int8') - (inDecibel ? 0.2 : 0.01);
    expect(onnxruntime).toBeGreaterThanOrEqual(floor);
    if (model !== 'mobilenet-v1-025') expect(tensorrt).toBeGreaterThanOrEqual(floor);
    if (model !== 'fastestdet' && !inDecibel) expect(differing).toBeLessThanOrEqual(1);
  });
});

describe('mobilenet-v1-025, whose weight channels differ 50 to 200 times', () => {
  it('collapses per tensor and keeps the Python quantizer’s accuracy per channel, by every range method', () => {
    const methods = ['min-max', 'percentile', 'kl', 'mse', 'aciq'] as const;
    const targets = gateCorpus('mobilenet-v1-025', [
      {
        chip: 'onnxruntime',
        weights: 'per-tensor',
        'weight-bits': 8,
        'activation-bits': 8,
        range: 'min-max',
      },
      ...methods.map((range) => ({
        chip: 'onnxruntime' as const,
        'weight-bits': 8,
        'activation-bits': 8,
        range,
      })),
    ]);
    expect(targets.get('onnxruntime-per-tensor-min-max')!.metric.quantized).toBeLessThanOrEqual(0.05);
    const minMax = targets.get('onnxruntime-min-max')!;
    expect(Math.abs(minMax.metric.quantized - 0.5375)).toBeLessThanOrEqual(2 / 400 + 1e-9);
    expect(minMax.realInt8!.differing).toBeLessThanOrEqual(1);
    expect(targets.size).toBe(6);
  });
});
