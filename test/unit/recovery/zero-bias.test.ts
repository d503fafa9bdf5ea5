import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { attributeOf, makeNode } from '../../../src/onnx/graph.ts';
import { withBiases } from '../../../src/recovery/zero-bias.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { bodyThatReads, bytesOf, constantOf, expectSameFunction, type Feeds } from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

async function filled(model: LoadedModel, feeds: Feeds): Promise<LoadedModel> {
  const bytes = bytesOf(model);
  const result = withBiases(model);
  await expectSameFunction(model, { model: result, changed: new Set() }, feeds, load.runtime);
  expect(bytesOf(model).equals(bytes)).toBe(true);
  return result;
}

const biasOf = (model: LoadedModel, output = 'y') => {
  const name = model.view.producers.get(output)!.input[2];
  const { dims } = model.view.initializers.get(name)!;
  return { name, dims: dims.map(Number), values: [...constantOf(model, name)] };
};

describe('a convolution', () => {
  const feeds: Feeds = { x: random([2, 4, 5, 5], 50) };
  const modelOf = (
    nodes: readonly NodeProto[],
    constants: Record<string, Tensor>,
    outputs: readonly string[] = [],
  ) =>
    load({
      nodes,
      inputs: [{ name: 'x', dims: ['N', 4, 5, 5] }],
      outputs: [{ name: 'y', dims: ['N', 'C', 'H', 'W'] }, ...outputs.map((name) => ({ name, dims: ['?'] }))],
      constants,
    });

  it.each([
    ['Conv', { group: 2 }, [6, 2, 3, 3], 6],
    ['ConvTranspose', { group: 2 }, [4, 3, 2, 2], 6],
    ['Conv', {}, [1, 4, 1, 1], 1],
  ])('%s with %o gets a bias of zeros', async (op, attributes, dims, channels) => {
    const model = await modelOf([makeNode(op, ['x', 'w'], ['y'], attributes)], { w: random(dims, 1) });
    const zeros = new Array<number>(channels).fill(0);
    expect(biasOf(await filled(model, feeds))).toEqual({
      name: `y/${op}/bias`,
      dims: [channels],
      values: zeros,
    });
  });

  it('keeps the bias that it has, and the model then', async () => {
    const constants = { w: random([3, 4, 3, 3], 1), b: random([3], 2) };
    const model = await modelOf([makeNode('Conv', ['x', 'w', 'b'], ['y'])], constants);
    expect(withBiases(model)).toBe(model);
  });

  it('takes no name that is there', async () => {
    const nodes = [
      makeNode('Neg', ['x'], ['y/Conv/bias']),
      makeNode('Conv', ['y/Conv/bias', 'w'], ['y'], {}),
    ];
    const model = await modelOf(nodes, { w: random([3, 4, 3, 3], 1) });
    expect(biasOf(await filled(model, feeds)).name).toBe('y/Conv/bias~2');
  });

  it('is named by its output where it has no name', async () => {
    const node = Object.assign(makeNode('Conv', ['x', 'w'], ['y']), { name: '' });
    const model = await modelOf([node], { w: random([3, 4, 3, 3], 1) });
    expect(biasOf(await filled(model, feeds)).name).toBe('y/bias');
  });

  it('gets its own bias where two share one, under the name that people know', async () => {
    const model = await modelOf(
      [makeNode('Conv', ['x', 'w', 'b'], ['a']), makeNode('Conv', ['a', 'v', 'b'], ['y'])],
      { w: random([4, 4, 1, 1], 1), v: random([4, 4, 1, 1], 2), b: random([4], 3) },
    );
    const result = await filled(model, feeds);
    const names = [biasOf(result, 'a').name, biasOf(result).name];
    expect(names).toEqual(['b/a/Conv', 'b/y/Conv']);
    expect(names.map((name) => result.weightNames.get(name))).toEqual(['b', 'b']);
  });

  it.each(['an output of the model', 'what a body reads'])(
    'gets its own bias where that is %s',
    async (who) => {
      const isOutput = who === 'an output of the model';
      const model = await modelOf(
        [makeNode('Conv', ['x', 'w', 'b'], ['y']), ...(isOutput ? [] : bodyThatReads('b', 'z'))],
        { w: random([4, 4, 1, 1], 1), b: random([4], 3) },
        [isOutput ? 'b' : 'z'],
      );
      const result = await filled(model, feeds);
      expect(biasOf(result).name).toBe('b/y/Conv');
      expect([...constantOf(result, 'b')]).toEqual([...constantOf(model, 'b')]);
    },
  );

  it('has no bias to be had where its weight or its bias is no constant', async () => {
    const nodes = [
      makeNode('ReduceMean', ['x'], ['m'], { axes: [0, 2, 3], keepdims: 0 }),
      makeNode('ReduceMean', ['x'], ['v'], { axes: [0], keepdims: 1 }),
      makeNode('Conv', ['x', 'w', 'm'], ['a']),
      makeNode('Conv', ['a', 'v'], ['y']),
    ];
    const model = await modelOf(nodes, { w: random([4, 4, 1, 1], 1) });
    expect(withBiases(model)).toBe(model);
  });
});

describe('a Gemm', () => {
  const feeds: Feeds = { x: random([6, 4], 50) };
  const modelOf = (inputs: string[], attributes: Parameters<typeof makeNode>[3], bias?: Tensor) =>
    load({
      nodes: [makeNode('Gemm', inputs, ['y'], attributes)],
      inputs: [{ name: 'x', dims: [6, 4] }],
      outputs: [{ name: 'y', dims: [6, 3] }],
      constants: { w: random([4, 3], 1), ...(bias && { b: bias }) },
    });
  const given = ['x', 'w', 'b'];

  it('gets a bias of zeros, whatever its factors', async () => {
    const model = await modelOf(['x', 'w'], { alpha: { f: 2 }, beta: { f: 3 } });
    const result = await filled(model, feeds);
    expect(biasOf(result).values).toEqual([0, 0, 0]);
    const node = result.view.producers.get('y')!;
    expect(attributeOf(node, 'beta')).toBeUndefined();
    expect(attributeOf(node, 'alpha')!.f).toBe(2);
  });

  it.each([
    ['one value', floats([], [0.5]), 1, [0.5, 0.5, 0.5]],
    ['one value in a list', floats([1], [0.5]), 1, [0.5, 0.5, 0.5]],
    ['a row', floats([1, 3], [1, 2, 3]), 1, [1, 2, 3]],
    ['a factor', floats([3], [1, 2, 3]), -2, [-2, -4, -6]],
    ['a factor and one value', floats([1, 1], [0.5]), 4, [2, 2, 2]],
  ])('gets a bias of each channel from %s', async (_, bias, beta, values) => {
    const model = await modelOf(given, { beta: { f: beta } }, bias);
    const result = await filled(model, feeds);
    expect(biasOf(result)).toEqual({ name: 'b', dims: [3], values });
  });

  it.each([[[6, 1]], [[6, 3]]])('keeps a bias of another value in each row, %j', async (dims) => {
    const model = await modelOf(given, {}, random(dims, 2));
    expect(withBiases(model)).toBe(model);
  });

  it('of a file that is quantized already stays', async () => {
    const model = await modelOf(['x', 'w'], {});
    const file = { model: model.model } as unknown as LoadedModel['file'];
    expect(withBiases({ ...model, file })).toEqual({ ...model, file });
  });
});

describe('a MatMul', () => {
  it('gets none', async () => {
    const model = await load({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 5, 4] }],
      outputs: [{ name: 'y', dims: ['N', 5, 3] }],
      constants: { w: random([4, 3], 1) },
    });
    expect(withBiases(model)).toBe(model);
  });
});
