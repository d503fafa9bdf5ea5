import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { Range } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { integerLayers } from '../../../src/quantization/integer-layers.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { statedModel } from '../../support/stated-model.ts';

const REAL = 'real values';

/** Where ONNX Runtime's integers of `a` = x·w end up, with `following` behind it: at a tensor, after a fused operator. */
function endOf(
  following: NodeProto[],
  range: Range,
  given: { constants?: Record<string, Tensor>; outputs?: string[] } = {},
) {
  const model = statedModel({
    nodes: [makeNode('MatMul', ['x', 'w'], ['a']), ...following],
    inputs: ['x', 'bound'].map((name) => ({ name, dims: ['N', 2] })),
    outputs: (given.outputs ?? ['y']).map((name) => ({ name, dims: ['N', 2] })),
    constants: { w: random([2, 2]), ...given.constants },
  });
  const names = ['x', 'bound', 'a', 'y', 'z'].map((name) => [name, range] as const);
  const { integerLayers } = quantizedBy(
    model,
    schemeOf(targets.onnxruntime),
    new Map(),
    Object.fromEntries(names),
  );
  const rescale = integerLayers[0]?.rescale;
  return rescale?.kind === 'float-multiplier' ? [rescale.produces, rescale.fused?.opType] : REAL;
}

const positive = { alpha: 0, beta: 6 };
/** In whole steps of 1/32, lest the zero point move its ends. */
const signed = { alpha: -1, beta: 255 / 32 - 1 };

describe('a Relu behind a layer', () => {
  const relu = makeNode('Relu', ['a'], ['y']);

  it('is what saturation does where its grid begins at zero', () => {
    expect(endOf([relu], positive)).toEqual(['y', 'Relu']);
  });

  it('is not where its grid has been pinned to reach below', () => {
    expect(endOf([relu], signed)).toBe(REAL);
  });

  it('is not fused where its input is read elsewhere, is an output, or goes into a body', () => {
    expect(endOf([relu, makeNode('Exp', ['a'], ['z'])], positive)).toEqual(['a', undefined]);
    expect(endOf([relu], positive, { outputs: ['a', 'y'] })).toEqual(['a', undefined]);
    const g = makeModel({ nodes: [makeNode('Exp', ['a'], ['e'])], inputs: [], outputs: [] }).graph!;
    const body = makeNode('If', ['x'], ['z']);
    body.attribute.push(create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g }));
    expect(endOf([relu, body], positive)).toBe(REAL);
  });
});

describe('a layer without a grid of its own', () => {
  /** Layers with integers of a = x·w, where `without` have no grid. */
  const layersLacking = (without: string[], following: NodeProto[], outputs = ['y']) => {
    const model = statedModel({
      nodes: [makeNode('MatMul', ['x', 'w'], ['a']), ...following],
      inputs: [{ name: 'x', dims: ['N', 2] }],
      outputs: outputs.map((name) => ({ name, dims: ['N', 2] })),
      constants: { w: random([2, 2]) },
    });
    const ranges = Object.fromEntries(['x', 'a', 'y', 'z'].map((name) => [name, positive]));
    const quantized = quantizedBy(model, schemeOf(targets.onnxruntime), new Map(), ranges);
    const activations = new Map(quantized.parameters.activations);
    for (const name of without) activations.delete(name);
    return integerLayers({ ...quantized, parameters: { ...quantized.parameters, activations } });
  };
  const relu = makeNode('Relu', ['a'], ['y']);

  it('ends behind a Relu that it is fused with', () => {
    expect(layersLacking(['a'], [relu])).toHaveLength(1);
  });

  it.each<[string, string[], NodeProto[], string[]?]>([
    ['nothing reads it', ['a'], []],
    ['two operators read it', ['a'], [relu, makeNode('Relu', ['a'], ['z'])]],
    ['it is an output as well', ['a'], [relu], ['a', 'y']],
    ['what reads it does not saturate', ['a'], [makeNode('Sigmoid', ['a'], ['y'])]],
    ['the Relu has no grid either', ['a', 'y'], [relu]],
  ])('is left to real values where %s', (_, without, following, outputs) => {
    expect(layersLacking(without, following, outputs)).toEqual([]);
  });
});

describe('another operator behind a layer', () => {
  it('is not fused: the layer ends on its own grid', () => {
    expect(endOf([makeNode('Sigmoid', ['a'], ['y'])], positive)).toEqual(['a', undefined]);
  });
});

describe('a Clip behind a layer', () => {
  const bounds = (min: number, max: number) => ({
    constants: { min: floats([], [min]), max: floats([], [max]) },
  });
  const clip = makeNode('Clip', ['a', 'min', 'max'], ['y']);

  it('is what saturation does where its grid lies between its bounds', () => {
    expect(endOf([clip], positive, bounds(0, 6))).toEqual(['y', 'Clip']);
    expect(endOf([clip], positive, bounds(-1, 7))).toEqual(['y', 'Clip']);
  });

  it('is not where its grid has been pinned to reach beyond one of them', () => {
    expect(endOf([clip], positive, bounds(0.5, 6))).toBe(REAL);
    expect(endOf([clip], positive, bounds(0, 5.5))).toBe(REAL);
  });

  it('may miss the grid by the last bit of its scale', () => {
    const grid = { alpha: -2, beta: 4 };
    // 6e-6 is a millionth of the range.
    const near = endOf([clip], grid, bounds(-2 + 4e-6, 4 - 4e-6));
    expect(near).toEqual(['y', 'Clip']);
    expect(endOf([clip], grid, bounds(-2 + 1e-4, 5))).toBe(REAL);
    expect(endOf([clip], grid, bounds(-3, 4 - 1e-4))).toBe(REAL);
  });

  it('may have a single bound, or none', () => {
    expect(endOf([makeNode('Clip', ['a', 'min'], ['y'])], positive, bounds(0, 1))).toEqual(['y', 'Clip']);
    expect(endOf([makeNode('Clip', ['a', 'min'], ['y'])], positive, bounds(1, 6))).toBe(REAL);
    expect(endOf([makeNode('Clip', ['a', '', 'max'], ['y'])], signed, bounds(0, 255 / 32 - 1))).toEqual([
      'y',
      'Clip',
    ]);
    expect(endOf([makeNode('Clip', ['a', '', 'max'], ['y'])], signed, bounds(0, 5))).toBe(REAL);
    expect(endOf([makeNode('Clip', ['a'], ['y'])], signed)).toEqual(['y', 'Clip']);
  });

  it('may have its bounds as attributes, as before opset 11', () => {
    const old = (min: number, max: number) =>
      makeNode('Clip', ['a'], ['y'], { min: { f: min }, max: { f: max } });
    expect(endOf([old(0, 6)], positive)).toEqual(['y', 'Clip']);
    expect(endOf([old(1, 6)], positive)).toBe(REAL);
    expect(endOf([old(0, 5)], positive)).toBe(REAL);
  });

  it('is not where a bound is computed', () => {
    expect(
      endOf([makeNode('Clip', ['a', 'bound', 'max'], ['y'])], positive, {
        constants: { max: floats([], [6]) },
      }),
    ).toBe(REAL);
    expect(
      endOf([makeNode('Clip', ['a', 'min', 'bound'], ['y'])], positive, {
        constants: { min: floats([], [0]) },
      }),
    ).toBe(REAL);
  });
});
