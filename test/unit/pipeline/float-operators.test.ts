import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { describeFloat } from '../../../src/pipeline/describe-float.ts';
import { floatMultiplications } from '../../../src/quantization/float-multiplications.ts';
import { multiplicationsOf } from '../../../src/quantization/multiplications.ts';
import { makeModel, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { prepared } from '../../support/staged.ts';

/** A sequence of any length: products with a weight, and of all positions with each other. */
const sequences = () =>
  makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('Einsum', ['h', 'h'], ['y'], { equation: 'bid,bjd->bij' }),
    ],
    inputs: [{ name: 'x', dims: ['N', 'T', 5] }],
    outputs: [{ name: 'y', dims: ['N', 'T', 'T'] }],
    constants: { w: random([5, 5], 1) },
  });

type Stage = Awaited<ReturnType<typeof prepared>>;
let stage: Stage;
beforeAll(async () => {
  const evaluation = { inputs: 'x.npy', range: [40, 72], metric: 'cosine' };
  const given = { evaluation, budget: { 'max-drop': 1 } };
  stage = await prepared(given, sequences(), { 'x.npy': npyOf(random([72, 6, 5], 3)) });
});

const countsOf = ({ view }: Stage['prepared']['model'], model: Stage['prepared']['model']) =>
  view.graph.node.map((node) => multiplicationsOf(model, node));

describe('shapes that a model leaves open', () => {
  it('are those of its first sample', () => {
    const { model, shaped } = stage.prepared;
    expect(countsOf(model, model)).toEqual([undefined, undefined]);
    expect(countsOf(model, shaped)).toEqual([6 * 25, 36 * 5]);
  });
});

describe('what the report says of multiplications in floating point', () => {
  it('has the share of each, and where most of them are', () => {
    const { shaped, targets } = stage.prepared;
    const operators = floatMultiplications(shaped, targets[0]!.plan);
    const einsum = { layer: 'y/Einsum', op: 'Einsum' };
    const described = describeFloat(operators, [{ ...einsum, why: 'as it is' }]);
    const share = 180 / 330;
    expect(described).toEqual({
      notQuantized: [{ ...einsum, why: 'as it is', share }],
      floatMultiplications: { share, most: { ...einsum, share }, unknown: 0 },
    });
  });

  it('counts those of which nothing is known', () => {
    const unknown = { layer: 'a', op: 'Loop', share: undefined };
    const why = { layer: 'a', op: 'Loop', why: 'as it is' };
    expect(describeFloat([unknown], [why])).toEqual({
      notQuantized: [why],
      floatMultiplications: { share: 0, unknown: 1 },
    });
    expect(describeFloat([], [])).toEqual({ notQuantized: [] });
  });
});
