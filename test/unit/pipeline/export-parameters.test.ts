import { beforeAll, describe, expect, it } from 'vitest';
import type { Range } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { parameterSetOf } from '../../../src/pipeline/export-parameters.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { schemeOf, unitsUnder } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** The parameters of a model on a chip, every activation of its plan between −1 and 1. */
function setOf(model: LoadedModel, chip: Chip, ranges: Record<string, Range> = {}) {
  const names = [...model.tensors.keys()];
  const all = Object.fromEntries(names.map((name) => [name, ranges[name] ?? { alpha: -1, beta: 1 }]));
  return parameterSetOf(unitsUnder(model, schemeOf(targets[chip]), all).quantized);
}

const named = (tensors: readonly { readonly name: string }[]) => tensors.map(({ name }) => name);

describe('the parameters of layers', () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await load({
      nodes: [
        makeNode('Conv', ['x', 'w1', 'b1'], ['c'], { kernel_shape: [1, 1] }),
        makeNode('Conv', ['c', 'w2'], ['d'], { kernel_shape: [1, 1], group: 4 }),
        makeNode('Conv', ['d', 'w3'], ['e'], { kernel_shape: [1, 1], group: 2 }),
        makeNode('Flatten', ['e'], ['f']),
        makeNode('MatMul', ['f', 'w4'], ['g']),
        makeNode('Transpose', ['f'], ['t'], { perm: [1, 0] }),
        makeNode('MatMul', ['t', 'g'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 2, 2, 2] }],
      outputs: [{ name: 'y', dims: [16, 3] }],
      constants: {
        w1: random([4, 2, 1, 1], 1),
        b1: floats([4], [0, 1, 2, 3]),
        w2: random([4, 1, 1, 1], 2),
        w3: random([4, 2, 1, 1], 3),
        w4: random([16, 3], 4),
      },
    });
  });

  it('say what each reads, multiplies with, adds and makes', () => {
    const { layers } = setOf(model, 'tensorrt');
    expect(layers.map(({ op, bias, output }) => ({ op, bias, output }))).toEqual([
      { op: 'Conv', bias: 'b1', output: 'c' },
      { op: 'Conv', bias: undefined, output: 'd' },
      { op: 'Conv', bias: undefined, output: 'e' },
      { op: 'MatMul', bias: undefined, output: 'g' },
      { op: 'MatMul', bias: undefined, output: 'y' },
    ]);
    expect(layers.map(({ inputs }) => named(inputs))).toEqual([['x'], ['c'], ['d'], ['f'], ['t', 'g']]);
    expect(layers.map(({ weight }) => weight?.name)).toEqual(['w1', 'w2', 'w3', 'w4', undefined]);
    expect(layers[0].name).toBe('c/Conv');
  });

  it('call a convolution depthwise where each group has one input channel', () => {
    const kinds = setOf(model, 'tensorrt').layers.map(({ groups, depthwise }) => ({ groups, depthwise }));
    expect(kinds).toEqual([
      { groups: 1, depthwise: false },
      { groups: 4, depthwise: true },
      { groups: 2, depthwise: false },
      { groups: 1, depthwise: false },
      { groups: 1, depthwise: false },
    ]);
  });

  it('are no depthwise convolution where the one input channel is all there is', async () => {
    const single = await load({
      nodes: [makeNode('Conv', ['x', 'w'], ['y'], { kernel_shape: [1, 1] })],
      inputs: [{ name: 'x', dims: [1, 1, 2, 2] }],
      outputs: [{ name: 'y', dims: [1, 3, 2, 2] }],
      constants: { w: random([3, 1, 1, 1], 1) },
    });
    expect(setOf(single, 'tensorrt').layers[0].depthwise).toBe(false);
    const transposed = await load({
      nodes: [makeNode('ConvTranspose', ['x', 'w'], ['y'], { kernel_shape: [1, 1], group: 2 })],
      inputs: [{ name: 'x', dims: [1, 2, 2, 2] }],
      outputs: [{ name: 'y', dims: [1, 2, 2, 2] }],
      constants: { w: random([2, 1, 1, 1], 1) },
    });
    expect(setOf(transposed, 'tensorrt').layers[0]).toMatchObject({ groups: 2, depthwise: false });
  });

  it('have the scales of every channel and the integers of the grid', () => {
    const { layers } = setOf(model, 'tensorrt');
    const { weight } = layers[1];
    expect(weight).toMatchObject({
      kind: 'weight',
      bits: 8,
      symmetric: true,
      qmin: -127,
      qmax: 127,
      axis: 0,
    });
    const largest = [...random([4, 1, 1, 1], 2).data].map((x) => Math.fround(Math.abs(x as number) / 127));
    expect(weight!.scales).toEqual(largest);
    expect(weight!.zeroPoints).toEqual([0, 0, 0, 0]);
    const [input] = setOf(model, 'snpe', { x: { alpha: 0, beta: 2.55 } }).layers[0].inputs;
    expect(input).toEqual({
      name: 'x',
      kind: 'activation',
      bits: 8,
      symmetric: false,
      qmin: 0,
      qmax: 255,
      axis: null,
      scales: [Math.fround(0.01)],
      zeroPoints: [0],
    });
  });

  it('have the names that the user gave to weights and biases', () => {
    const { quantized } = unitsUnder(
      model,
      schemeOf(targets.snpe),
      Object.fromEntries([...model.tensors.keys()].map((name) => [name, { alpha: -1, beta: 1 }])),
    );
    const weightNames = new Map([
      ['w1', 'conv1.weight'],
      ['b1', 'conv1.bias'],
    ]);
    const [first, second] = parameterSetOf({ ...quantized, model: { ...model, weightNames } }).layers;
    expect(first.weight!.name).toBe('conv1.weight');
    expect(first.bias).toBe('conv1.bias');
    expect(second.weight!.name).toBe('w2');
  });
});

describe('the parameters of activations', () => {
  const one = { alpha: -1, beta: 1 };
  const port = (name: string, dims: (string | number)[]) => ({ name, dims });

  it('come in the order of the graph, inputs first', async () => {
    const model = await load({
      nodes: [
        makeNode('MatMul', ['b', 'w'], ['h']),
        makeNode('Mul', ['h', 'a'], ['s']),
        makeNode('MatMul', ['s', 'w'], ['y']),
      ],
      inputs: [port('b', ['N', 4]), port('a', ['N', 4])],
      outputs: [port('y', ['N', 4])],
      constants: { w: random([4, 4], 1) },
    });
    const { activations, passedOn } = setOf(model, 'snpe');
    expect(named(activations)).toEqual(['b', 'a', 'h', 's', 'y']);
    expect([...passedOn]).toEqual([]);
  });

  it('hold what operators without arithmetic make of a tensor on a grid, and what they make one of', async () => {
    const model = await load({
      nodes: [
        makeNode('Relu', ['x'], ['r']),
        makeNode('Reshape', ['r', 'shape'], ['s']),
        makeNode('Transpose', ['s'], ['t'], { perm: [0, 1] }),
        makeNode('MatMul', ['t', 'w'], ['h']),
        makeNode('Flatten', ['h'], ['f']),
        makeNode('Sigmoid', ['f'], ['y']),
      ],
      inputs: [port('x', [2, 4])],
      outputs: [port('y', [2, 4])],
      constants: {
        w: random([4, 4], 1),
        shape: { type: 'int64', dims: [2], data: BigInt64Array.of(2n, 4n) },
      },
    });
    // TensorRT quantizes t alone, where MatMul reads it.
    const { activations, passedOn } = setOf(model, 'tensorrt', { t: { alpha: -2, beta: 2 } });
    expect(named(activations)).toEqual(['r', 's', 't']);
    expect([...passedOn].sort()).toEqual(['r', 's']);
    expect(new Set(activations.map(({ scales }) => scales[0]))).toEqual(new Set([Math.fround(2 / 127)]));
    // SNPE quantizes h, and with it what Flatten makes of it.
    const everywhere = setOf(model, 'snpe', { h: { alpha: 0, beta: 2.55 } });
    const scaleOf = (name: string) => everywhere.activations.find((each) => each.name === name)?.scales[0];
    expect(scaleOf('f')).toBe(scaleOf('h'));
    expect([...everywhere.passedOn]).toContain('f');
  });

  it.each([
    ['is read elsewhere, too', [makeNode('Sigmoid', ['r'], ['z'])], 'z'],
    ['is an output of the model', [], 'r'],
  ])('do not give a grid to a tensor before that %s', async (_, more, output) => {
    const model = await load({
      nodes: [
        makeNode('Relu', ['x'], ['r']),
        makeNode('Flatten', ['r'], ['f']),
        makeNode('MatMul', ['f', 'w'], ['y']),
        ...more,
      ],
      inputs: [port('x', ['N', 4])],
      outputs: [port('y', ['N', 4]), port(output, ['N', 4])],
      constants: { w: random([4, 4], 1) },
    });
    expect(named(setOf(model, 'tensorrt', { f: one }).activations)).toEqual(['f']);
  });

  it('do not give a grid to a tensor before that is cut into several', async () => {
    const model = await load({
      nodes: [
        makeNode('Relu', ['x'], ['r']),
        makeNode('Split', ['r', 'parts'], ['a', 'b'], { axis: 1 }),
        makeNode('MatMul', ['a', 'w'], ['h']),
        makeNode('Concat', ['h', 'b'], ['y'], { axis: 1 }),
      ],
      inputs: [port('x', ['N', 4])],
      outputs: [port('y', ['N', 6])],
      constants: {
        w: random([2, 4], 1),
        parts: { type: 'int64', dims: [2], data: BigInt64Array.of(2n, 2n) },
      },
    });
    expect(named(setOf(model, 'tensorrt', { a: one }).activations)).toEqual(['a']);
  });

  it('leave the grids of tensors that have their own', async () => {
    const model = await load({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Flatten', ['x'], ['f']),
        makeNode('MatMul', ['f', 'w'], ['g']),
        makeNode('Add', ['h', 'g'], ['y']),
      ],
      inputs: [port('x', ['N', 4])],
      outputs: [port('y', ['N', 4])],
      constants: { w: random([4, 4], 1) },
    });
    const { activations } = setOf(model, 'tensorrt', { x: one, f: { alpha: -3, beta: 3 } });
    const scales = Object.fromEntries(activations.map(({ name, scales: [scale] }) => [name, scale]));
    expect(scales.x).toBe(Math.fround(1 / 127));
    expect(scales.f).toBe(Math.fround(3 / 127));
  });
});
