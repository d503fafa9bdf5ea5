import { describe, expect, it } from 'vitest';
import { asymmetricGrid, quantParams, type Range, symmetricGrid } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { activationParameters } from '../../../src/quantization/activation-parameters.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize, withRanges } from '../../../src/quantization/quantized.ts';
import { type Architecture, NEWEST } from '../../../src/targets/hexagon-architectures.ts';
import { snpeOf } from '../../../src/targets/snpe.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { random } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

const model = statedModel({
  nodes: [
    makeNode('MatMul', ['x', 'w'], ['a']),
    makeNode('Softmax', ['a'], ['s']),
    makeNode('Tanh', ['a'], ['t']),
    makeNode('AveragePool', ['a'], ['p']),
    makeNode('Exp', ['p'], ['e']),
    makeNode('Neg', ['p'], ['n']),
    makeNode('Concat', ['e', 'n'], ['y'], { axis: 1 }),
    makeNode('MatMul', ['t', 's'], ['z']),
  ],
  inputs: [{ name: 'x', dims: [2, 2] }],
  outputs: [
    { name: 'y', dims: [2, 4] },
    { name: 'z', dims: [2, 2] },
  ],
  constants: { w: random([2, 2]) },
});

const seen = histogramsOf({
  x: Float32Array.of(-1, 1),
  a: Float32Array.of(-2, 4),
  s: Float32Array.of(0.25, 0.75),
  t: Float32Array.of(-0.5, 0.5),
  p: Float32Array.of(-1, 3),
  e: Float32Array.of(0.5, 6),
  n: Float32Array.of(-3, 1),
  y: Float32Array.of(-3, 6),
  z: Float32Array.of(-1, 1),
});
const uint8 = asymmetricGrid(8, false);
const int8 = symmetricGrid(8, { restricted: false });

const plannedFor = (arch: Architecture) => planModel(model, schemeOf(snpeOf(arch)));
const rangesOf = (arch: Architecture, pins: Record<string, Range> = {}) =>
  activationParameters(plannedFor(arch), seen, new Map(Object.entries(pins)));

describe('the ranges of a target with rules', () => {
  it('are fixed where an operator has bounds, whatever was seen, on a symmetric grid about zero', () => {
    expect(rangesOf('v73').get('t')).toEqual({ ...quantParams({ alpha: -1, beta: 1 }, int8), grid: int8 });
    expect(rangesOf('v69').get('t')).toMatchObject({ scale: Math.fround(1 / 127), zeroPoint: 0 });
  });

  it('are symmetric for what stands in place of a weight, in its bounds from V73 on and as seen before', () => {
    expect(rangesOf('v73').get('s')).toMatchObject({ scale: Math.fround(1 / 127), grid: int8 });
    expect(rangesOf('v69').get('s')).toMatchObject({ scale: Math.fround(0.75 / 127), grid: int8 });
  });

  it('are one for tensors that share a grid: over all that was seen of them', () => {
    const all = rangesOf(NEWEST);
    expect(all.get('p')).toEqual(all.get('a'));
    expect(all.get('a')).toMatchObject({ scale: Math.fround(6 / 255) });
    for (const name of ['e', 'n', 'y'])
      expect(all.get(name)).toEqual({ ...quantParams({ alpha: -3, beta: 6 }, uint8), grid: uint8 });
  });

  it('are what a pin says in any case, for all that share the grid', () => {
    const all = rangesOf(NEWEST, { t: { alpha: -0.5, beta: 0.5 }, p: { alpha: 0, beta: 255 } });
    expect(all.get('t')).toMatchObject({ scale: Math.fround(0.5 / 127) });
    expect(all.get('p')).toMatchObject({ scale: 1, zeroPoint: 0 });
    expect(all.get('a')).toMatchObject({ scale: 1, zeroPoint: 0 });
    const own = rangesOf(NEWEST, { a: { alpha: 0, beta: 510 }, p: { alpha: 0, beta: 255 } });
    expect([own.get('a')!.scale, own.get('p')!.scale]).toEqual([2, 1]);
  });

  it('change together', () => {
    const changed = withRanges(
      quantize(plannedFor(NEWEST), seen, new Map()),
      new Map([['n', { alpha: 0, beta: 255 }]]),
    ).parameters.activations;
    expect(['e', 'n', 'y'].map((name) => changed.get(name)!.scale)).toEqual([1, 1, 1]);
  });
});
