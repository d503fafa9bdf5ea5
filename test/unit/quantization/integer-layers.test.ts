import { describe, expect, it } from 'vitest';
import { hexagonFixedPoint } from '../../../src/numerics/fixed-point.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { type AttributeValue, makeNode } from '../../../src/onnx/graph.ts';
import { inRealValues, integerLayerOf, integerLayers } from '../../../src/quantization/integer-layers.ts';
import type { Parameters } from '../../../src/quantization/parameters.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { hexagonNn } from '../../support/hexagon-nn.ts';
import { floats } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

/** Columns in steps of 1/2 and 1/4 on a signed grid of 8 bits. */
const w = floats([2, 2], [63.5, 31.75, -2, 1]);
const b = floats([2], [4, -3]);
const X = { alpha: 0, beta: 255 };
const Y = { alpha: 0, beta: 510 };

interface Given {
  readonly op?: string;
  readonly inputs?: string[];
  readonly attributes?: Record<string, AttributeValue>;
  readonly constants?: Record<string, Tensor>;
  readonly scheme?: Partial<Scheme>;
  readonly ranges?: Record<string, Range>;
  readonly dims?: readonly (number | string)[];
}

/** One layer y = x·w + b unless told otherwise; x is in steps of 1 and y in steps of 2 on grids of 8 unsigned bits. */
function quantized(chip: Chip | Target, given: Given = {}) {
  const {
    op = 'Gemm',
    inputs = ['x', 'w', 'b'],
    attributes,
    constants = { w, b },
    scheme,
    ranges,
    dims = ['N', 2],
  } = given;
  const model = statedModel({
    nodes: [makeNode(op, inputs, ['y'], attributes)],
    inputs: ['x', 'z'].map((name) => ({ name, dims })),
    outputs: [{ name: 'y', dims: ['N', 2] }],
    constants,
  });
  return quantizedBy(model, schemeOf(typeof chip === 'string' ? targets[chip] : chip, scheme), new Map(), {
    x: X,
    z: X,
    y: Y,
    ...ranges,
  });
}

const layersOf = (chip: Chip | Target, given?: Given) => quantized(chip, given).integerLayers;

describe('a layer whose accumulator stays in floating point', () => {
  const symmetric = { ranges: { x: { alpha: -127, beta: 127 } } };

  it('is rescaled by input scale × weight scale, and then adds its float bias', () => {
    const [layer] = layersOf('tensorrt', symmetric);
    expect(layer.rescale).toEqual({ kind: 'float', factors: Float32Array.of(0.5, 0.25), bias: b });
    expect(layer.bias).toBeUndefined();
    expect(layer.products).toEqual([0.5, 0.25]);
    expect(layer.weights).toEqual(floats([2, 2], [127, 127, -4, 4]));
  });

  it('may have no bias', () => {
    const [layer] = layersOf('tensorrt', { ...symmetric, op: 'MatMul', inputs: ['x', 'w'] });
    expect(layer.rescale).toMatchObject({ kind: 'float', bias: undefined });
    expect(layersOf('tensorrt', { ...symmetric, inputs: ['x', 'w', ''] })[0].rescale).toMatchObject({
      bias: undefined,
    });
  });

  it('is left to real values where its bias is computed', () => {
    expect(layersOf('tensorrt', { ...symmetric, inputs: ['x', 'w', 'z'] })).toEqual([]);
  });

  it('may multiply two activations', () => {
    const ranges = { x: { alpha: -127, beta: 127 }, z: { alpha: -63.5, beta: 63.5 } };
    const [layer] = layersOf('tensorrt', { op: 'MatMul', inputs: ['x', 'z'], constants: {}, ranges });
    expect(layer).toMatchObject({ weights: undefined, products: [0.5] });
  });

  it('may have its weight in front, with a single scale', () => {
    const given = { ...symmetric, op: 'MatMul', inputs: ['w', 'x'] };
    // A scale for each row of the output is no scale for each of its last axis.
    expect(layersOf('tensorrt', given)).toEqual([]);
    const perTensor = { granularity: 'per-tensor' } as const;
    expect(layersOf('tensorrt', { ...given, scheme: perTensor })[0].products).toEqual([0.5]);
  });

  it('repeats its factors for each group of a ConvTranspose, and for no other operator', () => {
    const kernel = floats([2, 2, 1, 1], [63.5, 31.75, -2, 1]);
    const given = { ...symmetric, inputs: ['x', 'w'], constants: { w: kernel }, attributes: { group: 2 } };
    expect(layersOf('tensorrt', { ...given, op: 'ConvTranspose' })[0].products).toEqual([
      0.5, 0.25, 0.5, 0.25,
    ]);
    expect(layersOf('tensorrt', { ...given, op: 'ConvTranspose', attributes: {} })[0].products).toEqual([
      0.5, 0.25,
    ]);
    expect(layersOf('tensorrt', { ...given, op: 'Conv' })[0].products).toHaveLength(2);
    const scheme = { granularity: 'per-tensor' } as const;
    expect(layersOf('tensorrt', { ...given, op: 'ConvTranspose', scheme })[0].products).toEqual([0.5]);
  });
});

describe('a layer whose accumulator goes onto the grid of its output', () => {
  it('is multiplied in float32 by ONNX Runtime, with the bias in the accumulator', () => {
    const [layer] = layersOf('onnxruntime');
    expect(layer.rescale).toEqual({
      kind: 'float-multiplier',
      factors: Float32Array.of(0.25, 0.125),
      produces: 'y',
      fused: undefined,
    });
    expect(layer.bias).toMatchObject({ codes: Int32Array.of(8, -12) });
    expect(layer.products).toEqual([0.5, 0.25]);
  });

  it('rounds input scale × weight scale to float32 before it divides', () => {
    const scales = { x: { alpha: 0, beta: 0.3 }, y: { alpha: 0, beta: 0.7 } };
    const { integerLayers, parameters } = quantized('onnxruntime', {
      ranges: scales,
      constants: { w: floats([2, 2], [0.1, 0.21, 0.03, 0.17]), b },
    });
    const [x, y] = ['x', 'y'].map((name) => parameters.activations.get(name)!.scale);
    const { params } = parameters.weights.get('y/Gemm')!;
    expect([...(integerLayers[0].rescale as { factors: Float32Array }).factors]).toEqual(
      params.map((p) => Math.fround(Math.fround(x * p.scale) / y)),
    );
  });

  it('is multiplied by Hexagon’s fixed point of 8-bit products, and in float32 beyond', () => {
    const [layer] = layersOf(hexagonNn, { scheme: { granularity: 'per-channel' } });
    expect(layer.rescale).toEqual({
      kind: 'fixed-point',
      factors: [0.25, 0.125].map(hexagonFixedPoint),
      produces: 'y',
      fused: undefined,
    });
    const kindAt = (weightBits: number, activationBits: number) =>
      layersOf(hexagonNn, { scheme: { weightBits, activationBits } })[0].rescale.kind;
    expect(kindAt(8, 8)).toBe('fixed-point');
    expect(kindAt(4, 12)).toBe('fixed-point');
    expect(kindAt(8, 16)).toBe('float-multiplier');
    expect(kindAt(16, 8)).toBe('float-multiplier');
  });

  it('has a fixed point for a grid far too narrow, with which every sum saturates', () => {
    const [{ rescale }] = layersOf(hexagonNn, {
      scheme: { granularity: 'per-channel' },
      ranges: { y: { alpha: 0, beta: 1e-30 } },
    });
    expect(rescale).toMatchObject({ factors: [hexagonFixedPoint(2 ** 14), hexagonFixedPoint(2 ** 14)] });
  });

  it('is computed as HTP does with 8 or 16 bits, and in float32 with others', () => {
    const kindAt = (weightBits: number, activationBits: number) => {
      const [{ rescale }] = layersOf('snpe', { scheme: { weightBits, activationBits } });
      return rescale.kind === 'htp' && rescale.bytes !== undefined ? 'htp by bytes' : rescale.kind;
    };
    expect(kindAt(8, 8)).toBe('htp');
    expect(kindAt(4, 8)).toBe('htp');
    expect(kindAt(8, 16)).toBe('htp by bytes');
    expect(kindAt(16, 8)).toBe('float-multiplier');
    expect(kindAt(8, 12)).toBe('float-multiplier');
  });

  it('is left to real values where its bias cannot be added in the accumulator', () => {
    const broadcast = { constants: { w, b: floats([1], [1]) } };
    const computed = { inputs: ['x', 'w', 'z'] };
    for (const given of [broadcast, computed]) {
      expect(layersOf('onnxruntime', given)).toEqual([]);
      expect(layersOf('snpe', { ...given, scheme: { granularity: 'per-channel' } })).toEqual([]);
    }
    expect(layersOf('onnxruntime', { inputs: ['x', 'w'] })).toHaveLength(1);
  });

  it('is Conv, Gemm or MatMul: there is no integer ConvTranspose', () => {
    const kernel = floats([2, 2, 1, 1], [63.5, 31.75, -2, 1]);
    const given = { inputs: ['x', 'w'], constants: { w: kernel } };
    const made = (op: string) => layersOf('onnxruntime', { ...given, op }).length;
    expect(['Conv', 'ConvTranspose'].map(made)).toEqual([1, 0]);
    expect(layersOf('onnxruntime', { op: 'MatMul', inputs: ['x', 'w'] })).toHaveLength(1);
  });
});

describe('a Gemm with factors', () => {
  it.each(['alpha', 'beta'])('is left to real values for its %s, on every target', (factor) => {
    for (const chip of ['tensorrt', 'onnxruntime', 'snpe'] as const) {
      expect(layersOf(chip, { attributes: { [factor]: { f: 0.5 } } }), chip).toEqual([]);
      expect(layersOf(chip, { attributes: { [factor]: { f: 1 } } }), chip).toHaveLength(1);
    }
  });
});

describe('the weights of an integer layer', () => {
  it('are codes less their zero point', () => {
    const asymmetric = { constants: { w: floats([2, 2], [-55, 200, 0, 1]), b } };
    // Steps of 1 from −55 to 200.
    expect(layersOf('snpe', asymmetric)[0].weights).toEqual(floats([2, 2], [-55, 200, 0, 1]));
  });

  it('round as the chip does', () => {
    const halves = { constants: { w: floats([2, 2], [127, 127, 62.5, -62.5]), b } };
    const symmetric = { x: { alpha: -127, beta: 127 } };
    expect(layersOf('cambricon', { ...halves, ranges: symmetric })[0].weights!.data.slice(2)).toEqual(
      Float32Array.of(63, -63),
    );
    expect(layersOf('tensorrt', { ...halves, ranges: symmetric })[0].weights!.data.slice(2)).toEqual(
      Float32Array.of(62, -62),
    );
  });
});

describe('a layer whose target keeps inverse steps', () => {
  it('is rescaled by the inverse of their product', () => {
    const [layer] = layersOf('ncnn', { ranges: { x: { alpha: -127, beta: 7 * 127 } } });
    const seventh = Math.fround(1 / 7);
    const factors = [2, 4].map((inverse) => 1 / Math.fround(seventh * inverse));
    expect(layer.rescale).toEqual({ kind: 'float', factors: Float32Array.from(factors), bias: b });
    expect(layer.rescale).not.toMatchObject({ factors: Float32Array.of(3.5, 1.75) });
  });
});

describe('a layer whose integer bias is in an accumulator that stays in floating point', () => {
  it('adds it there alone', () => {
    const ranges = { x: { alpha: 0, beta: 255 } };
    const [layer] = layersOf('rknn', { ranges });
    expect(layer.bias!.codes).toEqual(
      Int32Array.of(Math.round(4 / (63.5 / 126)), Math.round(-3 / (31.75 / 126))),
    );
    expect(layer.rescale).toMatchObject({ kind: 'float', bias: undefined });
  });
});

describe('the worst accumulator of a layer', () => {
  it('is the largest channel’s sum of weights times the largest input, and its bias', () => {
    // Columns 127 + 4 and 127 + 4 on inputs of 255 at most; biases 8 and −12.
    expect(layersOf('onnxruntime')[0].worstAccumulator).toBe(131 * 255 + 12);
  });

  it('counts the farther end of the input’s grid from its zero point', () => {
    const ranges = (alpha: number, beta: number) => ({ ranges: { x: { alpha, beta } } });
    expect(layersOf('onnxruntime', ranges(-55, 200))[0].worstAccumulator).toBe(131 * 200 + 12);
    expect(layersOf('onnxruntime', ranges(-200, 55))[0].worstAccumulator).toBe(131 * 200 + 12);
  });

  it('counts from the lowest code, on a signed grid as well', () => {
    const ranges = { x: { alpha: -200, beta: 55 } };
    expect(layersOf('rknn', { ranges, op: 'MatMul', inputs: ['x', 'w'] })[0].worstAccumulator).toBe(
      130 * 200,
    );
  });

  it('of two activations sums over the last axis of the first, whatever its rank', () => {
    const given = { op: 'MatMul', inputs: ['x', 'z'], constants: {} };
    const ranges = { x: { alpha: -55, beta: 200 }, z: X };
    const worst = (dims: (number | string)[]) =>
      layersOf('onnxruntime', { ...given, ranges, dims })[0].worstAccumulator;
    expect(worst(['N', 2])).toBe(2 * 200 * 255);
    expect(worst(['N', 3, 5])).toBe(5 * 200 * 255);
    // An unknown length stands for 1.
    expect(worst(['N', 3, 'K'])).toBe(200 * 255);
  });
});

describe('an integer layer', () => {
  const all = quantized('onnxruntime');

  it('is found by its layer of the plan, and only there', () => {
    const [layer] = all.plan.layers;
    expect(integerLayerOf(all, layer)).toBe(all.integerLayers[0]);
    expect(integerLayerOf(all, { ...layer })).toBeUndefined();
  });

  it('in real values is rescaled by input scale × weight scale, its bias still in the accumulator', () => {
    const [layer] = all.integerLayers;
    expect(inRealValues(layer, all)).toEqual({
      ...layer,
      rescale: { kind: 'float', factors: Float32Array.of(0.5, 0.25), bias: undefined },
    });
  });

  it('that stays in floating point is itself in real values', () => {
    const float = quantized('tensorrt');
    expect(inRealValues(float.integerLayers[0], float)).toBe(float.integerLayers[0]);
  });

  it('has a grid for all that it reads', () => {
    const float = quantized('tensorrt');
    const without = (changes: Partial<Parameters>) =>
      integerLayers({ ...float, parameters: { ...float.parameters, ...changes } });
    expect(without({})).toHaveLength(1);
    expect(without({ grids: new Map() })).toEqual([]);
    expect(without({ weights: new Map() })).toEqual([]);
  });
});
