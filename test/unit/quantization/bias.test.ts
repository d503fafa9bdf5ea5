import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { type AttributeValue, makeNode } from '../../../src/onnx/graph.ts';
import { biasValues, integerBias } from '../../../src/quantization/bias.ts';
import { hasFactors } from '../../../src/quantization/layer.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

/** x on [0, 255] in steps of 1; columns of weights in steps of 1/2 and 1/4, or of 1/2 both. */
function biased(
  bias: Tensor,
  changes: Partial<Scheme> = {},
  attributes: Record<string, AttributeValue> = {},
  range = { alpha: 0, beta: 255 },
) {
  const model = statedModel({
    nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['y'], attributes)],
    inputs: [{ name: 'x', dims: ['N', 2] }],
    outputs: [{ name: 'y', dims: ['N', 2] }],
    constants: { w: floats([2, 2], [63.5, 31.75, 1, 2]), b: bias },
  });
  const scheme = schemeOf(targets.onnxruntime, changes);
  const quantized = quantizedBy(model, scheme, new Map(), { x: range, y: { alpha: -1e6, beta: 1e6 } });
  const [layer] = quantized.plan.layers;
  return { layer, quantized, codes: integerBias(layer, quantized) };
}

describe('an integer bias', () => {
  it('is in units of input scale × weight scale of its channel, ties to even', () => {
    const { codes } = biased(floats([2], [1.25, -0.375]));
    // 1.25 / (1/2) = 2.5, −0.375 / (1/4) = −1.5.
    expect(codes).toEqual({
      name: 'b',
      input: 2,
      codes: Int32Array.of(2, -2),
      scales: Float32Array.of(0.5, 0.25),
    });
    expect([...biasValues(codes!)]).toEqual([1, -0.5]);
  });

  it('has a single scale with one scale for the weights', () => {
    const { codes } = biased(floats([2], [1.5, -4]), { granularity: 'per-tensor' });
    expect(codes).toMatchObject({ codes: Int32Array.of(3, -8), scales: Float32Array.of(0.5) });
    expect([...biasValues(codes!)]).toEqual([1.5, -4]);
  });

  it('saturates at the ends of int32', () => {
    // An input of a step of 1e-30 makes any bias overflow; the scale of a weight is a float32 and is not raised here.
    const { layer, quantized } = biased(floats([2], [3e9, -3e9]));
    const weights = new Map(quantized.parameters.weights);
    const own = weights.get(layer.name)!;
    weights.set(layer.name, { ...own, params: own.params.map((p) => ({ ...p, scale: 1 })) });
    const { codes } = integerBias(layer, { ...quantized, parameters: { ...quantized.parameters, weights } })!;
    expect([...codes]).toEqual([2 ** 31 - 1, -(2 ** 31)]);
  });

  it('is none where the target keeps biases in float', () => {
    expect(biased(floats([2], [1, 1]), { target: targets.openvino }).codes).toBeUndefined();
  });

  it('is none where it is broadcast, or is no vector', () => {
    expect(biased(floats([1], [1])).codes).toBeUndefined();
    expect(biased(floats([1, 2], [1, 1])).codes).toBeUndefined();
    expect(biased(floats([], [1]), { granularity: 'per-tensor' }).codes).toBeUndefined();
  });

  it('is none of a layer without one', () => {
    const { layer, quantized } = biased(floats([2], [1, 1]));
    expect(integerBias({ ...layer, bias: undefined }, quantized)).toBeUndefined();
  });

  it('is none where its input or its weight has no grid', () => {
    const { layer, quantized } = biased(floats([2], [1, 1]));
    const without = (name: 'grids' | 'weights') =>
      integerBias(layer, { ...quantized, parameters: { ...quantized.parameters, [name]: new Map() } });
    expect(without('grids')).toBeUndefined();
    expect(without('weights')).toBeUndefined();
  });

  it('is none of a Gemm that multiplies its product or its bias', () => {
    const bias = floats([2], [1, 1]);
    expect(biased(bias, {}, { alpha: { f: 0.5 } }).codes).toBeUndefined();
    expect(biased(bias, {}, { beta: { f: 2 } }).codes).toBeUndefined();
    expect(biased(bias, {}, { alpha: { f: 1 }, beta: { f: 1 } }).codes).toBeDefined();
  });
});

it('a Gemm has factors where its alpha or its beta is another number than 1', () => {
  const factors = (attributes: Record<string, AttributeValue>) =>
    hasFactors(biased(floats([2], [1, 1]), {}, attributes).layer);
  expect(factors({})).toBe(false);
  expect(factors({ alpha: { f: 1 }, beta: { f: 1 }, gamma: { f: 3 } })).toBe(false);
  expect(factors({ alpha: { f: 0 } })).toBe(true);
  expect(factors({ beta: { f: 0.5 } })).toBe(true);
});
