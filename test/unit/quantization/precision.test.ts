import { describe, expect, it } from 'vitest';
import type { LayerPrecision } from '../../../src/config/target-id.ts';
import { hexagonFixedPoint } from '../../../src/numerics/fixed-point.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { activationBits, precisionPlaces, weightBits } from '../../../src/quantization/precision.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { hexagonNn } from '../../support/hexagon-nn.ts';
import { floats, random } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

const named = (name: string, node: NodeProto) => Object.assign(node, { name });
const layer = (name: string, from: string, to: string, weight = 'w') =>
  named(name, makeNode('MatMul', [from, weight], [to]));

function planned(
  chip: Chip | Target,
  nodes: NodeProto[],
  layers: Record<string, LayerPrecision> = {},
  scheme: Partial<Scheme> = {},
) {
  const model = statedModel({
    nodes,
    inputs: [{ name: 'x', dims: [2, 2] }],
    outputs: [{ name: 'y', dims: [2, 2] }],
    constants: { w: random([2, 2]), v: random([2, 2], 2), c: floats([2, 2], [1, 2, 3, 4]) },
  });
  return planModel(
    model,
    schemeOf(typeof chip === 'string' ? targets[chip] : chip, scheme),
    new Map(Object.entries(layers)),
  );
}

const wide = { activationBits: 16 };

describe('a layer with bits of its own', () => {
  const chain = () => [layer('first', 'x', 'a'), layer('second', 'a', 'b'), layer('third', 'b', 'y')];

  it('has them in what it reads, and in its weights', () => {
    const given = planned('snpe', chain(), { second: { activationBits: 16, weightBits: 12 } });
    expect(['x', 'a', 'b', 'y'].map((name) => activationBits(given, name))).toEqual([8, 16, 8, 8]);
    expect(['first', 'second', 'third'].map((name) => weightBits(given, name))).toEqual([8, 12, 8]);
    expect([...given.precision.activations]).toEqual([['a', 16]]);
    expect([...given.precision.weights]).toEqual([['second', 12]]);
  });

  it('may have fewer than its target', () => {
    const given = planned('cambricon', chain(), { second: { activationBits: 8 } }, { activationBits: 16 });
    expect(['x', 'a', 'b'].map((name) => activationBits(given, name))).toEqual([16, 8, 16]);
  });

  it('shares the widest grid that is asked for with all that read the tensor', () => {
    const fork = [
      layer('left', 'x', 'a'),
      layer('right', 'x', 'b'),
      layer('other', 'x', 'd'),
      named('sum', makeNode('Sum', ['a', 'b', 'd'], ['y'])),
    ];
    const given = planned('snpe', fork, { left: { activationBits: 12 }, right: { activationBits: 16 } });
    expect(activationBits(given, 'x')).toBe(16);
    expect(activationBits(planned('snpe', fork, { left: { activationBits: 12 } }), 'x')).toBe(12);
  });

  it('has them in the tensor whose values were only moved on their way to it', () => {
    const moved = [
      layer('first', 'x', 'a'),
      makeNode('Reshape', ['a', 'shape'], ['r']),
      makeNode('Transpose', ['r'], ['t']),
      named('products', makeNode('MatMul', ['t', 't'], ['y'])),
    ];
    const given = planned('snpe', moved, { products: wide });
    expect([...given.precision.activations]).toEqual([['a', 16]]);
    const { parameters } = quantize(given, new Map(), everything);
    expect(parameters.grids.get('t')!.grid.bits).toBe(16);
  });

  it('may be any operator that reads a grid, with constants that it takes like activations, or an output', () => {
    const nodes = [
      layer('first', 'x', 'a'),
      named('add', makeNode('Add', ['a', 'c'], ['s'])),
      named('soft', makeNode('Softmax', ['s'], ['y'])),
    ];
    const given = planned('snpe', nodes, { add: wide, 'output y': wide });
    expect([...given.precision.activations]).toEqual([
      ['a', 16],
      ['c', 16],
      ['y', 16],
    ]);
    const { parameters } = quantize(given, new Map(), everything);
    expect(['a', 'c', 's', 'y'].map((name) => parameters.activations.get(name)!.grid.bits)).toEqual([
      16, 16, 8, 16,
    ]);
  });

  it('asks nothing by a name that the model does not have', () => {
    const given = planned('snpe', chain(), { nobody: { activationBits: 16, weightBits: 4 } });
    expect([given.precision.activations.size, given.precision.weights.size]).toEqual([0, 0]);
  });

  it('can be every place where quantization enters', () => {
    const { model, plan, units } = planned('tensorrt', [
      layer('first', 'x', 'a'),
      named('res', makeNode('Add', ['a', 'x'], ['s'])),
      named('products', makeNode('MatMul', ['s', 's'], ['y'])),
    ]);
    expect(precisionPlaces(model.view, plan, units)).toEqual([
      { name: 'first', reads: ['x'], hasWeight: true },
      { name: 'res', reads: ['a', 'x'], hasWeight: false },
      { name: 'products', reads: ['s'], hasWeight: false },
    ]);
  });
});

const everything = new Map(
  ['x', 'a', 'b', 'c', 's', 'y'].map((name) => [name, { alpha: -1, beta: 1 }] as const),
);

describe('integers of a layer with bits of its own', () => {
  const nodes = () => [layer('first', 'x', 'a'), layer('second', 'a', 'b'), layer('third', 'b', 'y')];
  const quantized = (chip: Chip | Target, layers: Record<string, LayerPrecision>) =>
    quantize(planned(chip, nodes(), layers), new Map(), everything);

  it('add up in an accumulator for its own products', () => {
    const { integerLayers } = quantized('cambricon', { second: wide, third: { weightBits: 16 } });
    expect(integerLayers.map(({ accumulatorBits }) => accumulatorBits)).toEqual([32, 64, 64]);
    const narrow = quantized('cambricon', { second: { activationBits: 12, weightBits: 4 } });
    expect(narrow.integerLayers.map(({ accumulatorBits }) => accumulatorBits)).toEqual([32, 32, 32]);
  });

  it('are rescaled by Hexagon’s fixed point where all it reads and makes is of 8 bits, in float32 elsewhere', () => {
    const kinds = (layers: Record<string, LayerPrecision>) =>
      quantized(hexagonNn, layers).integerLayers.map(({ rescale }) => rescale.kind);
    expect(kinds({})).toEqual(['fixed-point', 'fixed-point', 'fixed-point']);
    expect(kinds({ second: wide })).toEqual(['float-multiplier', 'float-multiplier', 'fixed-point']);
    expect(kinds({ second: { weightBits: 16 } })).toEqual(['fixed-point', 'float-multiplier', 'fixed-point']);
    const { integerLayers, parameters } = quantized(hexagonNn, { third: { weightBits: 4 } });
    const scale = parameters.grids.get('b')!.scale * parameters.weights.get('third')!.params[0].scale;
    const factor = scale / parameters.grids.get('y')!.scale;
    expect(integerLayers[2].rescale).toMatchObject({ factors: [hexagonFixedPoint(factor)] });
  });

  it('keep the whole range of its weights from 8 bits on, and clip below', () => {
    const spread = floats([2048, 1], [...random([2047]).data, 3] as number[]);
    const model = statedModel({
      nodes: [layer('first', 'x', 'y', 'spread')],
      inputs: [{ name: 'x', dims: [2, 2048] }],
      outputs: [{ name: 'y', dims: [2, 1] }],
      constants: { spread },
    });
    const greatest = (bits: number) => {
      const layers = new Map([['first', { weightBits: bits }]]);
      const { parameters } = quantize(
        planModel(model, schemeOf(targets.tensorrt), layers),
        new Map(),
        everything,
      );
      return parameters.weights.get('first')!.params[0].beta;
    };
    expect(greatest(12)).toBeCloseTo(3, 3);
    expect(greatest(4)).toBeLessThan(2.9);
  });
});

describe('a layer in floating point', () => {
  const float = { float: true };
  const placesOf = (chip: Chip, nodes: NodeProto[], layers: Record<string, LayerPrecision>) => {
    const { plan } = planned(chip, nodes, layers);
    return [...plan.activations].map(([name, uses]) => `${name}: ${uses.map((u) => u.node.name).join(' ')}`);
  };

  it('is no layer of integers, and says why', () => {
    const nodes = [layer('first', 'x', 'a'), layer('second', 'a', 'y')];
    const { plan, units, precision } = planned('tensorrt', nodes, { second: float });
    expect(plan.layers.map(({ name }) => name)).toEqual(['first']);
    expect(plan.notQuantized).toEqual([
      { layer: 'second', op: 'MatMul', why: 'layers of the target keep it in floating point' },
    ]);
    expect(units.map(({ name }) => name)).toEqual(['first']);
    expect([...precision.floats]).toEqual(['second']);
    const { integerLayers, parameters } = quantize(
      planned('tensorrt', nodes, { second: float }),
      new Map(),
      everything,
    );
    expect(integerLayers.map((each) => each.layer.name)).toEqual(['first']);
    expect([...parameters.weights.keys()]).toEqual(['first']);
  });

  it('reads what others read from a grid before it is quantized, where the inputs of operators are', () => {
    const nodes = [
      layer('first', 'x', 'a'),
      layer('second', 'x', 'b'),
      named('sum', makeNode('Add', ['a', 'b'], ['y'])),
    ];
    expect(placesOf('tensorrt', nodes, { first: float })).toEqual(['x: second', 'a: sum', 'b: sum']);
    expect(placesOf('tensorrt', nodes, { sum: float })).toEqual(['x: first second']);
    expect(placesOf('tensorrt', nodes, { first: float, second: float, sum: float })).toEqual([]);
  });

  describe('where every activation is quantized', () => {
    const nodes = () => [
      layer('first', 'x', 'a'),
      named('relu', makeNode('Relu', ['a'], ['r'])),
      layer('second', 'r', 'b'),
      layer('third', 'b', 's'),
      layer('fourth', 's', 'y'),
    ];

    it('reads the grid that an integer operator writes, and writes one for an integer operator', () => {
      expect(placesOf('rknn', nodes(), { second: float })).toEqual([
        'x: first',
        'r: second',
        'b: third',
        's: fourth',
        'y: ',
      ]);
      const { units } = planned('rknn', nodes(), { second: float });
      expect(units.find(({ name }) => name === 'second')).toMatchObject({ layer: undefined });
    });

    it('hands real values to another one, and out of the model', () => {
      expect(placesOf('rknn', nodes(), { second: float, third: float })).toEqual([
        'x: first',
        'r: second',
        's: fourth',
        'y: ',
      ]);
      const { plan } = planned('rknn', nodes(), { fourth: float });
      expect([...plan.activations.keys()]).toEqual(['x', 'r', 'b', 's']);
      expect([...plan.outputs]).toEqual([]);
    });

    it('reads an input as it comes unless an integer operator reads it, too', () => {
      expect(placesOf('rknn', nodes(), { first: float })[0]).toBe('r: second');
      const both = [layer('first', 'x', 'a'), layer('second', 'x', 'b')];
      expect(placesOf('rknn', both, { first: float })[0]).toBe('x: first second');
    });

    it('takes the Relu that is fused into it along, and no other', () => {
      expect(placesOf('rknn', nodes(), { first: float, second: float })).toEqual([
        'b: third',
        's: fourth',
        'y: ',
      ]);
      // A Relu alone in floating point reads the grid that its layer writes.
      expect(placesOf('rknn', nodes(), { relu: float }).slice(0, 3)).toEqual([
        'x: first',
        'a: relu',
        'r: second',
      ]);
    });

    it('leaves what it moves to be quantized where that is read', () => {
      const moved = [
        layer('first', 'x', 'a'),
        named('turn', makeNode('Transpose', ['a'], ['t'])),
        layer('second', 't', 'y'),
      ];
      expect(placesOf('rknn', moved, { first: float, turn: float })).toEqual(['t: second', 'y: ']);
      expect(placesOf('rknn', moved, { first: float })).toEqual(['a: turn', 'y: ']);
    });

    it('keeps its own constants', () => {
      const added = [layer('first', 'x', 'a'), named('add', makeNode('Add', ['a', 'c'], ['y']))];
      expect(placesOf('rknn', added, {})).toContain('c: add');
      expect(placesOf('rknn', added, { add: float })).toEqual(['x: first', 'a: add']);
    });
  });
});
