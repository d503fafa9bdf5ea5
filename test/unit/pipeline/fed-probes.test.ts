import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type ModelProto,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { makeModel, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { judged, SAMPLES } from '../../support/staged.ts';

const lone = (value: number, dims: number[] = []) =>
  ({ type: 'int64', dims, data: BigInt64Array.of(BigInt(value)) }) as const;

/** x [N, T, 8] → two products, and between them `squeeze(1)` as it is exported: only where T is 1. */
function squeezing(): ModelProto {
  const branch = (name: string, node: ReturnType<typeof makeNode>) =>
    create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.GRAPH,
      g: { name, node: [node], output: [create(ValueInfoProtoSchema, { name: 'r' })] },
    });
  const isOne = makeNode('If', ['is-one'], ['q']);
  isOne.attribute.push(
    branch('then_branch', makeNode('Squeeze', ['h', 'axes'], ['r'])),
    branch('else_branch', makeNode('Identity', ['h'], ['r'])),
  );
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('Shape', ['h'], ['shape']),
      makeNode('Gather', ['shape', 'one'], ['length']),
      makeNode('Equal', ['length', 'one'], ['is-one']),
      isOne,
      makeNode('MatMul', ['q', 'v'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 'T', 8] }],
    outputs: [{ name: 'y', dims: ['N', 'T', 4] }],
    constants: { w: random([8, 8], 1), v: random([8, 4], 2), one: lone(1), axes: lone(1, [1]) },
  });
}

/** Two products of x [N, T, 8]. */
function sequences(): ModelProto {
  return makeModel({
    nodes: [makeNode('MatMul', ['x', 'w'], ['h']), makeNode('MatMul', ['h', 'v'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 'T', 8] }],
    outputs: [{ name: 'y', dims: ['N', 'T', 4] }],
    constants: { w: random([8, 8], 1), v: random([8, 4], 2) },
  });
}

const measuredOn = (model: ModelProto) =>
  judged(
    { evaluation: { inputs: 'x.npy', range: [40, SAMPLES], metric: 'cosine' }, budget: { 'max-drop': 0.5 } },
    model,
    {
      'x.npy': npyOf(random([SAMPLES, 7, 8], 42)),
    },
  );

describe('layers are measured', () => {
  it('with the dimensions that all probes have', async () => {
    const { evidence, attributed } = await measuredOn(sequences());
    expect(evidence.probes.fed).toEqual(new Map([['x', [2, 7, 8]]]));
    expect(attributed).toMatchObject({ units: [expect.anything(), expect.anything(), expect.anything()] });
  });

  it('without them where a branch that no run takes contradicts them', async () => {
    const { evidence, attributed } = await measuredOn(squeezing());
    expect(evidence.probes.fed).toBeUndefined();
    if ('notAttributed' in attributed) throw new Error(attributed.notAttributed);
    for (const { local } of attributed.units) expect(local.nsr).toBeLessThan(1);
  });
});
