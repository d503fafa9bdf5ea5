import { describe, expect, it } from 'vitest';
import { symmetricGrid } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { activationParameters } from '../../../src/quantization/activation-parameters.ts';
import { parametersOf } from '../../../src/quantization/parameters.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { noRepairs } from '../../../src/quantization/quantized.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { targets } from '../../../src/targets/index.ts';
import { snpeOf } from '../../../src/targets/snpe.ts';
import type { Target } from '../../../src/targets/target.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { floats, noise } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

const product = (op: string, w: Tensor) =>
  statedModel({
    nodes: [makeNode(op, ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 2] }],
    outputs: [{ name: 'y', dims: ['N', 2] }],
    constants: { w },
  });

const rows = floats([2, 2], [1, 10, -2, 5.08]);
const weightsOf = (target: Target, op: string, w = rows, changes: Partial<Scheme> = {}) =>
  parametersOf(planModel(product(op, w), schemeOf(target, changes)), new Map(), noRepairs).weights.get(
    `y/${op}`,
  )!;
const scalesOf = (...given: Parameters<typeof weightsOf>) => weightsOf(...given).params.map((p) => p.scale);

describe('the range of an activation', () => {
  // A long tail, which KL cuts off and the extremes keep.
  const x = noise(10_000, 3).map((value, i) => (i === 0 ? 100 : 50 * value ** 9));
  const scaleOf = (range: Scheme['range'], pins: [string, { alpha: number; beta: number }][] = []) =>
    activationParameters(
      planModel(product('Gemm', rows), schemeOf(targets.tensorrt, { range })),
      histogramsOf({ x }),
      new Map(pins),
    ).get('x')!.scale;

  it('is the one that the scheme’s method finds in its histogram', () => {
    expect(scaleOf('min-max')).toBe(Math.fround(100 / 127));
  });

  it('is that of the toolchain’s own method where the scheme says native', () => {
    expect(targets.tensorrt.nativeRange).toBe('kl');
    expect(scaleOf('native')).toBe(scaleOf('kl'));
    expect(scaleOf('native')).toBeLessThan(60 / 127);
  });

  it('is the pin where the user has set one, whatever the histogram', () => {
    expect(scaleOf('min-max', [['x', { alpha: -254, beta: 3 }]])).toBe(2);
  });

  it('has the bits of the scheme', () => {
    const planned = planModel(product('Gemm', rows), schemeOf(targets.tensorrt, { activationBits: 4 }));
    const { scale, grid } = activationParameters(planned, histogramsOf({ x }), new Map()).get('x')!;
    expect(scale).toBe(Math.fround(100 / 7));
    expect(grid).toEqual(symmetricGrid(4, { restricted: false }));
  });
});

describe('the scales of a weight', () => {
  it('are one per output channel, of its largest magnitude', () => {
    // The columns of a Gemm's second input are its outputs; with transB they are its rows.
    expect(scalesOf(targets.tensorrt, 'Gemm')).toEqual([2 / 127, 10 / 127].map(Math.fround));
    expect(weightsOf(targets.tensorrt, 'Gemm').axis).toBe(1);
  });

  it('are a single one per tensor', () => {
    const weights = weightsOf(targets.tensorrt, 'Gemm', rows, { granularity: 'per-tensor' });
    expect(weights).toMatchObject({ axis: null, dims: [2, 2], params: [{ scale: Math.fround(10 / 127) }] });
  });

  it('are a single one for operators whose weights the toolchain does not take per channel', () => {
    const perChannel = { granularity: 'per-channel' } as const;
    expect(scalesOf(snpeOf('v69'), 'MatMul', rows, perChannel)).toHaveLength(2);
    expect(scalesOf(snpeOf('v66'), 'Gemm', rows, perChannel)).toHaveLength(1);
    const matMul = weightsOf(snpeOf('v68'), 'MatMul', rows, perChannel);
    // Hexagon's grid per tensor is asymmetric: [-2, 10] over 255 steps, −α/s = 42.5.
    expect(matMul).toMatchObject({
      grid: { symmetric: false },
      params: [{ scale: Math.fround(12 / 255), zeroPoint: 42 }],
    });
    expect(scalesOf(targets.ascend, 'Gemm', rows)).toHaveLength(1);
  });

  it('lie on the grid that the chip has for that granularity', () => {
    const { weights } = targets.tensorrt;
    const named = {
      'per-channel': symmetricGrid(8, { restricted: true }),
      'per-tensor': symmetricGrid(4, { restricted: true }),
    };
    const target = {
      ...targets.tensorrt,
      weights: { ...weights, grid: (_: number, g: Scheme['granularity']) => named[g] },
    };
    for (const granularity of ['per-channel', 'per-tensor'] as const)
      expect(weightsOf(target, 'Gemm', rows, { granularity }).grid).toBe(named[granularity]);
  });

  it('hold the largest magnitude from 8 bits on, and the least squared error below', () => {
    const many = floats([400, 1], [...noise(399), 4]);
    const stepOf = (weightBits: number) => scalesOf(targets.tensorrt, 'Gemm', many, { weightBits })[0];
    expect(stepOf(8)).toBe(Math.fround(4 / 127));
    expect(stepOf(16)).toBe(Math.fround(4 / 32767));
    expect(stepOf(7)).toBeLessThan(4 / 63);
    expect(stepOf(4)).toBeLessThan(3 / 7);
  });

  it('give the values that the chip computes with', () => {
    const { data } = weightsOf(targets.tensorrt, 'Gemm');
    const [first, second] = [2 / 127, 10 / 127].map(Math.fround);
    // 1 / s0 = 63.5 goes to the even 64, 5.08 / s1 = 64.516 to 65.
    expect([...data]).toEqual([64 * first, 127 * second, -127 * first, 65 * second].map(Math.fround));
  });

  it('round a half away from zero where the chip does', () => {
    const { data } = weightsOf(targets.cambricon, 'Gemm', floats([2, 2], [127, 62.5, -62.5, 3]));
    expect([...data]).toEqual([127, 63, -63, 3]);
  });

  it('are not those of a layer that multiplies two activations', () => {
    const model = statedModel({
      nodes: [makeNode('MatMul', ['x', 'x'], ['y'])],
      inputs: [{ name: 'x', dims: [2, 2] }],
      outputs: [{ name: 'y', dims: [2, 2] }],
    });
    expect(
      parametersOf(planModel(model, schemeOf(targets.tensorrt)), new Map(), noRepairs).weights.size,
    ).toBe(0);
  });
});
