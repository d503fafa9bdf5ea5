import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/config/load-config.ts';
import { makeNode } from '../../src/onnx/graph.ts';
import { planModel } from '../../src/quantization/planned.ts';
import { quantize } from '../../src/quantization/quantized.ts';
import { targets } from '../../src/targets/index.ts';
import { histogramsOf } from '../support/histograms.ts';
import { loader } from '../support/load-model.ts';
import { sampleConfig } from '../support/sample-configs.ts';

type Index = typeof import('../../src/numerics/ranges/index.ts');

vi.mock('../../src/numerics/ranges/index.ts', async (original) => {
  const { rangeMethods } = await original<Index>();
  const madeUp = { fitsAll: true, range: () => ({ alpha: -7, beta: 7 }) };
  const all = { ...rangeMethods, 'made-up': madeUp };
  return { rangeMethods: all, rangeMethodNames: Object.keys(all) };
});

describe('a range method is one file and one line in its index', () => {
  it('from which quantgate.yml may name it', () => {
    const [model] = parseConfig(
      sampleConfig.replaceAll(/range: (kl|native)/g, 'range: made-up'),
      'q.yml',
    ).models;
    expect(model!.targets.map(({ range }) => range)).toEqual(['made-up', 'made-up', 'made-up', 'made-up']);
    expect(() => parseConfig(sampleConfig.replace('range: kl', 'range: other'), 'q.yml')).toThrow(
      /must be one of .*made-up/,
    );
  });

  it('from which ranges are chosen by it', async () => {
    const model = await (await loader())({
      nodes: [makeNode('Relu', ['x'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 2] }],
      outputs: [{ name: 'y', dims: ['N', 2] }],
    });
    const scheme = {
      target: targets.tensorrt,
      granularity: 'per-channel' as const,
      weightBits: 8,
      activationBits: 8,
      range: 'made-up' as 'native',
    };
    const values = Float32Array.of(-1, 1);
    const histograms = histogramsOf({ x: values, y: values });
    const { parameters } = quantize(planModel(model, scheme), histograms, new Map());
    for (const { scale } of parameters.activations.values()) expect(scale).toBeCloseTo(7 / 127);
  });

  it('and nothing else under src/ lists methods', () => {
    const src = resolve(import.meta.dirname, '../../src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
    // A target names the one that its toolchain uses; kl and mse are names of metrics as well.
    const listing = files
      .filter((path) => path.endsWith('.ts') && !path.startsWith(join('numerics', 'ranges')))
      .filter((path) =>
        /^(?!\s*nativeRange:).*'(min-max|percentile|aciq|enhanced)'/m.test(
          readFileSync(join(src, path), 'utf8'),
        ),
      );
    expect(listing).toEqual([]);
  });
});
