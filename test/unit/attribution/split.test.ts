import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalError } from '../../../src/attribution/attribution.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { type AttributeValue, makeNode } from '../../../src/onnx/graph.ts';
import { targets } from '../../../src/targets/index.ts';
import { hexagonNn } from '../../support/hexagon-nn.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';
import { addition, convolution, type Operator, product, referenceSplit, type Values } from './reference.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

interface Shape {
  readonly name: string;
  readonly op: string;
  readonly attributes?: Record<string, AttributeValue>;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly bias?: number;
  readonly operator: Operator;
}

const conv = (
  kind: 'Conv' | 'ConvTranspose',
  stride: number,
  pad: number,
  group: number,
): Pick<Shape, 'op' | 'attributes' | 'operator'> => ({
  op: kind,
  attributes: { strides: [stride, stride], pads: [pad, pad, pad, pad], group },
  operator: convolution(kind, { stride, pad, group }),
});

const weighted: Shape[] = [
  {
    name: 'Conv, strided',
    ...conv('Conv', 2, 1, 1),
    x: [2, 3, 9, 9],
    w: [6, 3, 3, 3],
    y: [2, 6, 5, 5],
    bias: 6,
  },
  {
    name: 'Conv, two groups',
    ...conv('Conv', 1, 0, 2),
    x: [2, 4, 6, 6],
    w: [6, 2, 3, 3],
    y: [2, 6, 4, 4],
    bias: 6,
  },
  {
    name: 'Conv, depthwise',
    ...conv('Conv', 1, 1, 5),
    x: [2, 5, 6, 6],
    w: [5, 1, 3, 3],
    y: [2, 5, 6, 6],
    bias: 5,
  },
  {
    name: 'ConvTranspose, two groups',
    ...conv('ConvTranspose', 2, 0, 2),
    x: [2, 4, 5, 5],
    w: [4, 3, 2, 2],
    y: [2, 6, 10, 10],
    bias: 6,
  },
  {
    name: 'Gemm',
    op: 'Gemm',
    attributes: { transB: 1 },
    operator: product(true),
    x: [16, 12],
    w: [7, 12],
    y: [16, 7],
    bias: 7,
  },
  { name: 'MatMul', op: 'MatMul', operator: product(), x: [4, 5, 12], w: [12, 7], y: [4, 5, 7] },
];
const twoActivations: Shape[] = [
  { name: 'MatMul', op: 'MatMul', operator: product(), x: [3, 5, 12], w: [3, 12, 7], y: [3, 5, 7] },
  { name: 'Add', op: 'Add', operator: addition, x: [3, 5, 7], w: [3, 5, 7], y: [3, 5, 7] },
];

const chips = ['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const;
const cases = chips.flatMap((chip) => [8, 4].map((weightBits) => ({ chip, weightBits })));

const plain = ({ dims, data }: Tensor): Values => ({ dims, data: Array.from(data as Float32Array) });

function expectSplit(found: LocalError, expected: ReturnType<typeof referenceSplit>): void {
  const said = JSON.stringify({ found, expected });
  expect(Math.abs(found.nsr / expected.nsr - 1), said).toBeLessThan(0.01);
  for (const [step, share] of Object.entries(expected.shares)) {
    const own = found.shares![step as keyof typeof expected.shares];
    expect(Math.abs(own - share), `${step} of ${said}`).toBeLessThan(0.01 * Math.abs(share) + 1e-5);
  }
  const sum = Object.values(found.shares!).reduce((a, b) => a + b, 0);
  expect(Math.abs(sum - 1), said).toBeLessThan(1e-6);
}

describe.each(cases)('the split on $chip with weights of $weightBits bits', ({ chip, weightBits }) => {
  const target = { ...targets, snpe: hexagonNn }[chip];
  const ranges = {
    x: { alpha: -0.9, beta: 0.8 },
    v: { alpha: -0.7, beta: 0.95 },
    y: { alpha: -4, beta: 4 },
  };

  it.each(weighted)('is the reference’s in float64: $name', async (shape) => {
    const constants = { w: random(shape.w, 5), ...(shape.bias ? { b: random([shape.bias], 3) } : {}) };
    const model = await load({
      nodes: [makeNode(shape.op, ['x', ...Object.keys(constants)], ['y'], shape.attributes)],
      inputs: [{ name: 'x', dims: shape.x }],
      outputs: [{ name: 'y', dims: shape.y }],
      constants,
    });
    const { errors, quantized, plan, units } = unitsUnder(model, schemeOf(target, { weightBits }), ranges);
    const x = random(shape.x, 7);
    const found = await errors([batchOf({ x })], load.runtime);
    const ontoGrid = target.arithmetic.rescale !== 'float' && shape.op !== 'ConvTranspose';
    const given = {
      operator: shape.operator,
      x: plain(x),
      w: plain(constants.w),
      second: { layer: plan.layers[0].name },
      bias: constants.b && plain(constants.b).data,
      ontoGrid,
    };
    expectSplit(found.get(units[0].name)!, referenceSplit(given, quantized));
  });

  it.each(twoActivations)('is the reference’s in float64: $name of two activations', async (shape) => {
    const model = await load({
      nodes: [makeNode(shape.op, ['x', 'v'], ['y'])],
      inputs: [
        { name: 'x', dims: shape.x },
        { name: 'v', dims: shape.w },
      ],
      outputs: [{ name: 'y', dims: shape.y }],
    });
    const { errors, quantized, units } = unitsUnder(model, schemeOf(target, { weightBits }), ranges);
    const [x, v] = [random(shape.x, 7), random(shape.w, 8)];
    const found = await errors([batchOf({ x, v })], load.runtime);
    if (units.length === 0) {
      expect([chip, shape.op]).toEqual(['cambricon', 'Add']);
      return;
    }
    const given = {
      operator: shape.operator,
      x: plain(x),
      w: plain(v),
      second: { activation: 'v' },
      bias: undefined,
      ontoGrid: target.arithmetic.rescale !== 'float',
    };
    expectSplit(found.get(units[0].name)!, referenceSplit(given, quantized));
  });
});
