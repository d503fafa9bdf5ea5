import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { ValueInfoProtoSchema } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { prepare } from '../../../src/pipeline/prepare.ts';
import { targets } from '../../../src/targets/index.ts';
import { makeModel, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { judged, products, SAMPLES, staged } from '../../support/staged.ts';

const inputs = { x: 'x.npy', state: 'state.npy' };
const changes = { calibration: { inputs, range: [0, 40] }, evaluation: { inputs, range: [40, 72] } };

describe('a recurrent model whose state has its batch behind its layers', () => {
  const recurrent = makeModel({
    nodes: [
      makeNode('Unsqueeze', ['x', 'zero'], ['sequence']),
      makeNode('LSTM', ['sequence', 'w', 'r', '', '', 'state'], ['h', 'next'], {
        hidden_size: 4,
        direction: 'bidirectional',
      }),
      makeNode('ReduceMean', ['next'], ['mean'], { axes: [0], keepdims: 0 }),
      makeNode('MatMul', ['mean', 'v'], ['y']),
    ],
    inputs: [
      { name: 'x', dims: ['N', 8] },
      { name: 'state', dims: [2, 'N', 4] },
    ],
    outputs: [
      { name: 'y', dims: ['N', 3] },
      { name: 'next', dims: [2, 'N', 4] },
    ],
    constants: {
      zero: { type: 'int64', dims: [1], data: BigInt64Array.of(0n) },
      w: random([2, 16, 8]),
      r: random([2, 16, 4], 2),
      v: random([4, 3], 3),
    },
  });

  const judgedOn = async (chip: string, dims: readonly number[]) => {
    const files = { 'state.npy': npyOf(random(dims, 7)) };
    const {
      prepared: ready,
      result,
      attributed,
    } = await judged({ ...changes, targets: [chip] }, recurrent, files);
    expect(ready.batchSize).toBe(1);
    expect(result.judgement.samples).toBe(32);
    expect(attributed).toHaveProperty('units');
    return result.judgement.drop;
  };

  it.each(Object.keys(targets))('is judged on %s, one sample at a time', async (chip) => {
    await judgedOn(chip, [SAMPLES, 2, 1, 4]);
  });

  it('takes its states without the dimension of the batch, too', async () => {
    const drop = await judgedOn('snpe', [SAMPLES, 2, 1, 4]);
    expect(await judgedOn('snpe', [SAMPLES, 2, 4])).toBe(drop);
  });
});

describe('a decoder at its first step, whose past is empty', () => {
  const decoder = makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['k']),
      makeNode('Concat', ['state', 'k'], ['keys'], { axis: 1 }),
      makeNode('MatMul', ['keys', 'v'], ['values']),
      makeNode('ReduceMean', ['values'], ['y'], { axes: [1], keepdims: 0 }),
    ],
    inputs: [
      { name: 'x', dims: ['N', 1, 8] },
      { name: 'state', dims: ['N', 'P', 8] },
    ],
    outputs: [
      { name: 'y', dims: ['N', 4] },
      { name: 'keys', dims: ['N', 'Q', 8] },
    ],
    constants: { w: random([8, 8]), v: random([8, 4], 2) },
  });
  const empty: Tensor = { type: 'float32', dims: [SAMPLES, 0, 8], data: new Float32Array() };

  it.each(Object.keys(targets))('is judged on %s', async (chip) => {
    const files = { 'state.npy': npyOf(empty) };
    const { result, attributed } = await judged({ ...changes, targets: [chip] }, decoder, files);
    expect(result.judgement.samples).toBe(32);
    expect(attributed).toHaveProperty('units');
  });
});

describe('outputs that are no tensors', () => {
  /** Two products with a sequence beside what they give, or in its place. */
  const withSequence = (keepTensor: boolean) => {
    const model = products();
    const { graph } = model;
    graph!.node.push(makeNode('SequenceConstruct', ['y', 'y'], ['pair']));
    const sequence = create(ValueInfoProtoSchema, {
      name: 'pair',
      type: {
        value: {
          case: 'sequenceType',
          value: { elemType: { value: { case: 'tensorType', value: { elemType: 1 } } } },
        },
      },
    });
    graph!.output = keepTensor ? [sequence, ...graph!.output] : [sequence];
    return model;
  };

  it('are left out where there are tensors beside them', async () => {
    const { prepared: ready, result } = await judged({}, withSequence(true));
    expect(ready.model.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(result.judgement.samples).toBe(32);
  });

  it('are told where there is nothing else', async () => {
    const { config, context } = await staged({}, withSequence(false));
    await expect(prepare(config, context)).rejects.toThrow(
      'model.onnx has no output that is a tensor, only sequences or maps: nothing can be measured',
    );
  });
});
