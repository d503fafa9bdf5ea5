import { describe, expect, it } from 'vitest';
import { asymmetricGrid, quantParams } from '../../../src/numerics/grid.ts';
import type { RangeMethodName } from '../../../src/numerics/ranges/index.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { noRepairs, withRangeMethod, withRanges, withRepairs } from '../../../src/quantization/quantized.ts';
import { rangeMethodOf } from '../../../src/quantization/scheme.ts';
import { targets } from '../../../src/targets/index.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { floats, random } from '../../support/models.ts';
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

describe.each(Object.keys(targets))('what changes beside the weights of %s', (chip) => {
  const target = targets[chip as keyof typeof targets];
  // The bias of the first output asks for a larger scale of its tiny weights, the more so the finer x is.
  const model = statedModel({
    nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['h']), makeNode('MatMul', ['h', 'v'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 2] }],
    outputs: [{ name: 'y', dims: ['N', 2] }],
    constants: { w: floats([2, 2], [1e-9, 1, -3e-10, 0.5]), b: floats([2], [1, 1]), v: random([2, 2], 1) },
  });
  const scheme = (range: RangeMethodName) => schemeOf(target, { range });
  const wide = { x: { alpha: 0, beta: 255e6 }, h: { alpha: -3, beta: 5 }, y: { alpha: -2, beta: 2 } };
  const narrow = { ...wide, x: { alpha: -0.1, beta: 1 } };
  const histograms = histogramsOf({ h: random([4096], 2).data as Float32Array });
  const { h: _, ...pins } = narrow;

  it.each([
    ['narrow to wide', narrow, wide],
    ['wide to narrow', wide, narrow],
  ])('takes nothing over that other ranges change, from %s', (__, from, to) => {
    const before = quantizedBy(model, scheme('mse'), new Map(), from);
    const changed = withRanges(before, new Map(Object.entries(to)));
    const { parameters, integerLayers, integerSums } = quantizedBy(model, scheme('mse'), new Map(), to);
    expect(changed).toMatchObject({ integerLayers, integerSums });
    expect(changed.parameters).toEqual(parameters);
    expect(changed.parameters.weights.get('y/MatMul')).toBe(before.parameters.weights.get('y/MatMul'));
  });

  it('takes nothing over that another range method changes', () => {
    const before = quantizedBy(model, scheme('min-max'), histograms, pins);
    const changed = withRangeMethod(before, 'percentile', histograms, new Map(Object.entries(pins)));
    const { parameters, integerLayers } = quantizedBy(model, scheme('percentile'), histograms, pins);
    expect(changed.parameters).toEqual(parameters);
    expect(changed.integerLayers).toEqual(integerLayers);
    expect(changed.scheme.range).toBe('percentile');
  });

  it('takes no repaired weight over to what is not repaired', () => {
    const before = quantizedBy(model, scheme('mse'), new Map(), wide);
    const [[name, weight]] = before.parameters.weights;
    const weights = new Map([[name, { ...weight, data: new Float32Array(4) }]]);
    const repaired = withRepairs(before, { weights, biases: new Map() });
    expect(repaired.parameters.weights.get(name)).toBe(weights.get(name));
    const back = withRepairs(repaired, noRepairs);
    expect(back.parameters).toEqual(before.parameters);
    expect(back.integerLayers).toEqual(before.integerLayers);
  });
});

describe('a scheme', () => {
  it('has the range method that it names, and the toolchain’s own where it says native', () => {
    expect(rangeMethodOf(schemeOf(targets.tensorrt, { range: 'mse' }))).toBe('mse');
    expect(rangeMethodOf(schemeOf(targets.tensorrt, { range: 'native' }))).toBe('kl');
    expect(rangeMethodOf(schemeOf(targets.snpe, { range: 'native' }))).toBe('min-max');
  });
});
