import { describe, expect, it } from 'vitest';
import { asymmetricGrid, quantParams } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { withRanges } from '../../../src/quantization/quantized.ts';
import { rangeMethodOf } from '../../../src/quantization/scheme.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

describe('a quantized model with other ranges', () => {
  const model = statedModel({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 2] }],
    outputs: [{ name: 'y', dims: ['N', 1] }],
    constants: { w: floats([2, 1], [127, 1]) },
  });
  const quantized = quantizedBy(model, schemeOf(targets.onnxruntime), new Map(), {
    x: { alpha: 0, beta: 255 },
    y: { alpha: -128, beta: 127 },
  });
  const changed = withRanges(quantized, new Map([['x', { alpha: 0, beta: 127.5 }]]));

  it('has them on the grid of the activations, and every other one as it was', () => {
    const { activations } = changed.parameters;
    const grid = asymmetricGrid(8, false);
    expect(activations.get('x')).toEqual({ ...quantParams({ alpha: 0, beta: 127.5 }, grid), grid });
    expect(activations.get('y')).toBe(quantized.parameters.activations.get('y'));
  });

  it('computes with their integers', () => {
    expect(quantized.integerLayers.map(({ products }) => products)).toEqual([[1]]);
    expect(changed.integerLayers.map(({ products }) => products)).toEqual([[0.5]]);
  });

  it('is the same model, scheme, plan and units; what it came from stays as it was', () => {
    const { parameters, integerLayers, integerSums, ...same } = changed;
    for (const [key, value] of Object.entries(same)) expect(value).toBe(quantized[key as keyof typeof same]);
    expect(Object.keys(same)).toEqual(['model', 'scheme', 'plan', 'precision', 'units', 'repairs']);
    expect(quantized.parameters.activations.get('x')).toMatchObject({ scale: 1 });
  });
});

describe('a scheme', () => {
  it('has the range method that it names, and the toolchain’s own where it says native', () => {
    expect(rangeMethodOf(schemeOf(targets.tensorrt, { range: 'mse' }))).toBe('mse');
    expect(rangeMethodOf(schemeOf(targets.tensorrt, { range: 'native' }))).toBe('kl');
    expect(rangeMethodOf(schemeOf(targets.snpe, { range: 'native' }))).toBe('min-max');
  });
});
