import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { nodeNames } from '../../../src/quantization/layer.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const scalar = (value: number) => floats([], [value]);
const code = (type: 'uint8' | 'int8', value: number): Tensor => ({
  type,
  dims: [],
  data: (type === 'uint8' ? Uint8Array : Int8Array).of(value),
});

/** x → Q/DQ → Conv → Q/DQ of `scale` and `zero` → Conv, whose Relu between, if any, the tool has dropped. */
const file = (scale: number, zero: Tensor, more: NodeProto[] = [], opset = 13) =>
  load({
    nodes: [
      makeNode('QuantizeLinear', ['x', 's', 'z'], ['xq']),
      makeNode('DequantizeLinear', ['xq', 's', 'z'], ['xr']),
      makeNode('DequantizeLinear', ['w', 'ws', 'wz'], ['wr']),
      unnamed(makeNode('Conv', ['xr', 'wr'], ['c'])),
      makeNode('QuantizeLinear', ['c', 't', 'u'], ['cq']),
      makeNode('DequantizeLinear', ['cq', 't', 'u'], ['cr']),
      makeNode('Conv', ['cr', 'v'], ['y']),
      ...more,
    ],
    inputs: [{ name: 'x', dims: ['N', 2, 4, 4] }],
    outputs: ['y', ...more.flatMap((node) => node.output)].map((name) => ({
      name,
      dims: ['N', 'C', 'H', 'W'],
    })),
    constants: {
      s: scalar(1 / 64),
      z: code('uint8', 128),
      t: scalar(scale),
      u: zero,
      ws: scalar(1 / 100),
      wz: code('int8', 0),
      w: { type: 'int8', dims: [3, 2, 1, 1], data: Int8Array.of(90, -70, 30, 5, -100, 60) },
      v: random([2, 3, 1, 1], 4),
    },
    opset,
  });

function unnamed(node: NodeProto): NodeProto {
  node.name = '';
  return node;
}

const between = ({ view }: Awaited<ReturnType<typeof file>>) => {
  const producer = view.producers.get('c')!;
  return { op: producer.opType, names: [...nodeNames(view.graph).values()] };
};

describe('a quantizer without codes below zero, in FP32', () => {
  it('is the Relu that the tool let saturation do', async () => {
    const model = await file(1 / 50, code('uint8', 0));
    expect(between(model).op).toBe('Relu');
    expect(model.file!.activations.get('c')!.uses).toHaveLength(1);
  });

  it.each([10, 13])('is a Clip at six where it ends there, as behind a Relu6: opset %i', async (opset) => {
    const { model, ...loaded } = await file(6 / 255, code('uint8', 0), [], opset);
    expect(between({ model, ...loaded }).op).toBe('Clip');
    const session = await load.runtime.open(serializeModel(model), {
      optimize: 'none',
    });
    await session.close();
  });

  it('leaves to the layer the name that it has in the file', async () => {
    expect(between(await file(1 / 50, code('uint8', 0))).names).toContain('Conv(c)');
  });
});

describe('nothing is added in FP32', () => {
  it.each([
    ['where codes are left below zero', () => file(1 / 50, code('uint8', 100))],
    ['to a symmetric grid', () => file(1 / 50, code('int8', 0))],
    [
      'where others read the values before they are rounded',
      () => file(1 / 50, code('uint8', 0), [makeNode('Tanh', ['c'], ['e'])]),
    ],
  ])('%s', async (_, made) => {
    expect(between(await made()).op).toBe('Conv');
  });
});
