import { describe, expect, it } from 'vitest';
import type { Range } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { integerBias } from '../../../src/quantization/bias.ts';
import { onGrid } from '../../../src/quantization/on-grid.ts';
import { parametersOf } from '../../../src/quantization/parameters.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { noRepairs } from '../../../src/quantization/quantized.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

/** A Gemm of two inputs and two outputs, `x` on the grid of `range`; its weights are of the least magnitudes for output 0. */
function gemmOf({
  w = floats([2, 2], [1e-9, 1, -3e-10, 0.5]),
  b = floats([2], [1, 1]),
  ...given
}: {
  w?: Tensor;
  b?: Tensor;
  target?: Scheme['target'];
  granularity?: Scheme['granularity'];
  range?: Range | undefined;
}) {
  const model = statedModel({
    nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 2] }],
    outputs: [{ name: 'y', dims: ['N', 2] }],
    constants: { w, b },
  });
  const { target = targets.onnxruntime, granularity = 'per-channel' } = given;
  const range = 'range' in given ? given.range : { alpha: 0, beta: 255 };
  const planned = planModel(model, schemeOf(target, { granularity }));
  const grid = target.activations.grid(8);
  const activations = new Map(range === undefined ? [] : [['x', onGrid(range, grid)]]);
  const parameters = parametersOf(planned, activations, noRepairs);
  const bias = integerBias(planned.plan.layers[0], { ...planned, parameters });
  return { ...parameters.weights.get('y/Gemm')!, bias };
}

/** ONNX Runtime's _adjust_weight_scale_for_int32_bias: the bias spans int32 less one in ten thousand. */
const leastFor = (bias: number, inputScale: number) =>
  Math.fround((1.0001 * 2 * bias) / (2 ** 32 - 2) / inputScale);

describe('the scale of nearly dead weights', () => {
  it('is raised until the bias of their channel fits int32, and no other is', () => {
    const { params, bias } = gemmOf({});
    expect(params.map((p) => p.scale)).toEqual([leastFor(1, 1), Math.fround(1 / 127)]);
    // 1 / least = (2^31 − 1) / 1.0001.
    expect(bias!.codes[0] / ((2 ** 31 - 1) / 1.0001)).toBeCloseTo(1, 6);
    expect(bias!.codes[1]).toBe(127);
  });

  it('is what the weights are then rounded to', () => {
    const { params, data, dims, axis } = gemmOf({});
    const least = params[0].scale;
    // 1e-9 / least = 2.147, −3e-10 / least = −0.644.
    expect([...data]).toEqual(
      [2 * least, 127 * params[1].scale, -least, 64 * params[1].scale].map(Math.fround),
    );
    expect({ dims, axis }).toEqual({ dims: [2, 2], axis: 1 });
  });

  it('depends on the magnitude of the bias, and on the scale of the input', () => {
    expect(gemmOf({ b: floats([2], [-8, 1]) }).params[0].scale).toBe(leastFor(8, 1));
    expect(gemmOf({ range: { alpha: 0, beta: 63.75 } }).params[0].scale).toBe(leastFor(1, 0.25));
  });

  it('stays where the bias fits as it is', () => {
    expect(gemmOf({ b: floats([2], [0, 1]) }).params[0].scale).toBe(Math.fround(1e-9 / 127));
    expect(gemmOf({ b: floats([2], [0.001, 1]), range: { alpha: 0, beta: 255e6 } }).params[0].scale).toBe(
      Math.fround(1e-9 / 127),
    );
  });

  it('of a whole tensor is raised for its largest bias', () => {
    const tiny = floats([2, 2], [1e-9, 5e-10, 0, 1e-10]);
    for (const b of [floats([2], [1, -6]), floats([2], [6, 1])]) {
      const { params } = gemmOf({ w: tiny, b, granularity: 'per-tensor' });
      expect(params.map((p) => p.scale)).toEqual([leastFor(6, 1)]);
    }
  });

  it('keeps the zero point of an asymmetric grid', () => {
    const tiny = floats([2, 2], [-1e-9, 3e-9, 0, 2e-9]);
    const { params } = gemmOf({ w: tiny, target: targets.snpe, granularity: 'per-tensor' });
    // qmin − α/s = 1 / (4 / 255) = 63.75.
    expect(params).toMatchObject([{ scale: leastFor(1, 1), zeroPoint: 64 }]);
  });

  it('stays where the toolchain keeps the bias in float, or has no grid for the input', () => {
    const own = Math.fround(Math.fround(1e-9) / 127);
    expect(gemmOf({ target: targets.tensorrt }).params[0].scale).toBe(own);
    expect(gemmOf({ range: undefined }).params[0].scale).toBe(own);
  });

  it('stays where the bias is broadcast, and so is none of the channels’ own', () => {
    const { params, bias } = gemmOf({ b: floats([1], [1]) });
    expect(params[0].scale).toBe(Math.fround(Math.fround(1e-9) / 127));
    expect(bias).toBeUndefined();
  });
});
