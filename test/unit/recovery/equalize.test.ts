import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { equalized } from '../../../src/recovery/equalize.ts';
import type { Rewritten } from '../../../src/recovery/rewritten.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, type PortSpec, random } from '../../support/models.ts';
import {
  bytesOf,
  constantOf,
  expectEqual,
  expectSameFunction,
  type Feeds,
  magnitudesBy,
  uneven,
} from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const none = new Set<string>();
const image: PortSpec = { name: 'x', dims: ['N', 2, 6, 6] };
const feeds: Feeds = { x: random([2, 2, 6, 6], 50) };
const output: PortSpec = { name: 'y', dims: ['N', 'C', 'H', 'W'] };
const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** x → Conv(2 → 4) → `between`, from "a" to "b" → Conv(4 → 3) → y. */
function chain(
  between: readonly NodeProto[],
  constants: Record<string, Tensor> = {},
  rest: { opset?: number; outputs?: PortSpec[] } = {},
) {
  return load({
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['a'], same),
      ...between,
      makeNode('Conv', ['b', 'w2', 'b2'], ['y'], same),
    ],
    inputs: [image],
    outputs: rest.outputs ?? [output],
    constants: {
      w1: uneven([4, 2, 3, 3], 0, 1),
      b1: random([4], 2),
      w2: uneven([3, 4, 3, 3], 1, 3),
      b2: random([3], 4),
      ...constants,
    },
    opset: rest.opset ?? 13,
  });
}

function scaledBy({ dims, data }: Tensor, factor: (index: number) => number): Tensor {
  return floats(
    dims,
    Array.from(data as Float32Array, (v, i) => v * factor(i)),
  );
}

const firstRange = (model: LoadedModel) =>
  magnitudesBy(constantOf(model, 'w1'), 4, (i) => Math.floor(i / 18));
const secondRange = (model: LoadedModel) =>
  magnitudesBy(constantOf(model, 'w2'), 4, (i) => Math.floor(i / 9) % 4);

async function rewritten(model: LoadedModel, pinned = none, fed = feeds): Promise<Rewritten> {
  const bytes = bytesOf(model);
  const result = equalized(model, pinned)!;
  expect(result).toBeDefined();
  await expectSameFunction(model, result, fed, load.runtime);
  expect(bytesOf(model).equals(bytes)).toBe(true);
  return result;
}

describe('equalization of two layers', () => {
  const throughs: Record<string, readonly [NodeProto[], Record<string, Tensor>?]> = {
    Relu: [[makeNode('Relu', ['a'], ['b'])]],
    LeakyRelu: [[makeNode('LeakyRelu', ['a'], ['b'], { alpha: { f: 0.3 } })]],
    'PRelu of a slope each channel': [
      [makeNode('PRelu', ['a', 'slope'], ['b'])],
      { slope: floats([4, 1, 1], [0.5, -0.25, 2, 0]) },
    ],
    'PRelu of one slope': [[makeNode('PRelu', ['a', 'slope'], ['b'])], { slope: floats([1], [-0.5]) }],
    MaxPool: [[makeNode('MaxPool', ['a'], ['b'], { kernel_shape: [2, 2], pads: [1, 1, 0, 0] })]],
    AveragePool: [[makeNode('AveragePool', ['a'], ['b'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })]],
    'AveragePool that counts what is padded': [
      [
        makeNode('AveragePool', ['a'], ['b'], {
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
          count_include_pad: 1,
        }),
      ],
    ],
    GlobalAveragePool: [[makeNode('GlobalAveragePool', ['a'], ['b'])]],
    GlobalMaxPool: [[makeNode('GlobalMaxPool', ['a'], ['b'])]],
    'Relu and MaxPool': [
      [makeNode('Relu', ['a'], ['r']), makeNode('MaxPool', ['r'], ['b'], { kernel_shape: [2, 2] })],
    ],
  };

  it.each(Object.keys(throughs))('gives each channel one range through %s', async (name) => {
    const model = await chain(...throughs[name]);
    const [before1, before2] = [firstRange(model), secondRange(model)];
    const { model: equal, changed, tied } = await rewritten(model);
    expectEqual(firstRange(equal), secondRange(equal));
    // √(r1·r2) is what DFQ's s leaves on both sides.
    expectEqual(
      firstRange(equal),
      before1.map((r, i) => Math.sqrt(r * before2[i])),
    );
    expect(changed).toEqual(new Set(['a', ...throughs[name][0].flatMap((node) => node.output)]));
    expect(tied).toEqual([]);
    expect(equal.view.graph.node.map((n) => n.opType)).toEqual(model.view.graph.node.map((n) => n.opType));
  });

  it('needs nothing between them, and no bias', async () => {
    const model = await load({
      nodes: [makeNode('Conv', ['x', 'w1'], ['b'], same), makeNode('Conv', ['b', 'w2'], ['y'], same)],
      inputs: [image],
      outputs: [output],
      constants: { w1: uneven([4, 2, 3, 3], 0, 1), w2: uneven([3, 4, 3, 3], 1, 3) },
    });
    const { model: equal, changed } = await rewritten(model);
    expectEqual(firstRange(equal), secondRange(equal));
    expect(changed).toEqual(new Set(['b']));
  });

  it('is done once: what is equal is left alone', async () => {
    const { model } = await rewritten(await chain([makeNode('Relu', ['a'], ['b'])]));
    expect(equalized(model, none)).toBeUndefined();
  });

  it('keeps factors between 1e-4 and 1e4', async () => {
    const model = await chain([makeNode('Relu', ['a'], ['b'])], {
      w1: scaledBy(random([4, 2, 3, 3], 1), (i) => (i < 36 ? 3e5 : 1)),
      w2: scaledBy(random([3, 4, 3, 3], 3), () => 1e-7),
    });
    const before = firstRange(model);
    const after = firstRange((await rewritten(model)).model);
    expectEqual(
      after.slice(0, 2),
      before.slice(0, 2).map((r) => r / 1e4),
    );
    expect(after[2]).toBeGreaterThan(before[2] / 1e4);
  });
});

describe('a channel without weights on one side', () => {
  /** Channel 1 is dead in the first layer, channel 2 in the second one; what is across from them is large. */
  const dead = (b1: readonly number[], tiny: number) => {
    const factors = [1, tiny, 40, 1];
    const across = [1, 40, tiny, 1];
    return chain([makeNode('Relu', ['a'], ['b'])], {
      w1: scaledBy(random([4, 2, 3, 3], 1), (i) => factors[Math.floor(i / 18)]),
      w2: scaledBy(random([3, 4, 3, 3], 3), (i) => across[Math.floor(i / 9) % 4]),
      b1: floats([4], b1),
    });
  };

  it.each([0, 1e-12])('sets the range of no layer, be its largest weight %d', async (tiny) => {
    const { model } = await rewritten(await dead([0.1, -1, 0.2, -0.1], tiny));
    const [first, second] = [firstRange(model), secondRange(model)];
    expectEqual([first[0], first[3]], [second[0], second[3]]);
    expect(first[2]).toBeLessThanOrEqual(Math.max(first[0], first[3]) * (1 + 1e-6));
    expect(second[1]).toBeLessThanOrEqual(Math.max(second[0], second[3]) * (1 + 1e-6));
  });

  it('is left alone where its bias alone would grow', async () => {
    const model = await dead([0.1, 1, 0.2, -0.1], 0);
    const before = secondRange(model);
    const { model: equal } = await rewritten(model);
    expect(constantOf(equal, 'b1')[1]).toBe(1);
    expect(secondRange(equal)[1]).toBe(before[1]);
  });

  it('is left alone where a function passes on what is negative', async () => {
    const negative = [0.1, -1, 0.2, -0.1];
    const leaky = makeNode('LeakyRelu', ['a'], ['b'], { alpha: { f: 0.3 } });
    const w1 = scaledBy(random([4, 2, 3, 3], 1), (i) => [1, 0, 1, 1][Math.floor(i / 18)]);
    const model = await chain([leaky], { w1, b1: floats([4], negative) });
    const { model: equal } = await rewritten(model);
    expect(constantOf(equal, 'b1')[1]).toBe(-1);
  });

  it('leaves nothing to equalize where all are', async () => {
    const zero = floats([4, 2, 3, 3], new Float32Array(72));
    expect(equalized(await chain([makeNode('Relu', ['a'], ['b'])], { w1: zero }), none)).toBeUndefined();
  });
});

describe('a Clip from 0 to a bound', () => {
  const clip = () => makeNode('Clip', ['a', 'low', 'high'], ['b']);
  const bounds = { low: floats([], [0]), high: floats([], [0.6]) };
  const attributes = () => makeNode('Clip', ['a'], ['b'], { min: { f: 0 }, max: { f: 0.6 } });

  it.each([7, 8, 9, 10, 11, 13, 17])('has a bound for each channel in opset %i', async (opset) => {
    const model = await (opset < 11
      ? chain([attributes()], {}, { opset })
      : chain([clip()], bounds, { opset }));
    const before = firstRange(model);
    const { model: equal, changed, tied } = await rewritten(model);
    expectEqual(firstRange(equal), secondRange(equal));
    expect(equal.view.graph.node.map((n) => n.opType)).toEqual(['Conv', 'Relu', 'Min', 'Conv']);
    expect(tied).toEqual([['b', 'b/relu', 'b/bound']]);
    expect(changed).toEqual(new Set(['a', 'b', 'b/relu', 'b/bound']));
    expect(equal.tensors.get('b/relu')).toEqual(model.tensors.get('b'));
    expect(equal.view.initializers.get('b/bound')!.dims).toEqual([1n, 4n, 1n, 1n]);
    const s = firstRange(equal).map((r, i) => before[i] / r);
    expectEqual(
      [...constantOf(equal, 'b/bound')],
      s.map((each) => 0.6 / each),
    );
    expect([...equal.view.initializers.keys()].sort()).toEqual(['b/bound', 'b1', 'b2', 'w1', 'w2']);
    expect(equal.opset).toBe(Math.max(opset, 8));
    expect(equal.model.opsetImport[0].version).toBe(BigInt(Math.max(opset, 8)));
    expect(model.model.opsetImport[0].version).toBe(BigInt(opset));
  });

  it('is reached in all channels of the test', async () => {
    const model = await chain([clip()], { ...bounds, b1: floats([4], [0.6, 0.6, 0.6, 0.6]) });
    const { after } = await expectSameFunction(model, equalized(model, none)!, feeds, load.runtime);
    const { model: equal } = equalized(model, none)!;
    const bound = constantOf(equal, 'b/bound');
    for (const channel of [0, 1, 2, 3]) {
      const reached = after.b.filter((v, i) => Math.floor(i / 36) % 4 === channel && v === bound[channel]);
      const below = after.b.filter(
        (v, i) => Math.floor(i / 36) % 4 === channel && v < bound[channel] && v > 0,
      );
      expect(Math.min(reached.length, below.length), `channel ${channel}`).toBeGreaterThan(0);
    }
  });

  it('gives its node name to the Min, and the Relu has one of its own', async () => {
    const named = Object.assign(clip(), { name: 'relu6' });
    const { model: equal } = await rewritten(await chain([named], bounds));
    expect(equal.view.graph.node.map((n) => n.name).slice(1, 3)).toEqual(['b/relu/Relu', 'relu6']);
  });

  it('does not take names that are there', async () => {
    const taken = makeNode('Identity', ['x'], ['b/relu']);
    const named = makeNode('Sigmoid', ['b/relu'], ['b/bound']);
    const model = await load({
      nodes: [
        Object.assign(taken, { opType: 'Neg', name: 'b/relu~2/Relu' }),
        named,
        makeNode('Conv', ['x', 'w1', 'b1'], ['a'], same),
        clip(),
        makeNode('Conv', ['b', 'w2', 'b2'], ['y'], same),
      ],
      inputs: [image],
      outputs: [output, { name: 'b/bound', dims: ['N', 2, 6, 6] }],
      constants: {
        w1: uneven([4, 2, 3, 3], 0, 1),
        b1: random([4], 2),
        w2: uneven([3, 4, 3, 3], 1, 3),
        b2: random([3], 4),
        ...bounds,
      },
    });
    const { model: equal, tied } = await rewritten(model);
    expect(tied).toEqual([['b', 'b/relu~2', 'b/bound~2']]);
    const names = equal.view.graph.node.map((n) => n.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('stays where each channel is equal already', async () => {
    const first = await chain([clip()], bounds);
    const { model: equal } = await rewritten(first);
    const again = await chain([clip()], {
      ...bounds,
      w1: floats([4, 2, 3, 3], constantOf(equal, 'w1')),
      w2: floats([3, 4, 3, 3], constantOf(equal, 'w2')),
    });
    expect(equalized(again, none)).toBeUndefined();
  });

  it('passes where it has no upper bound', async () => {
    const unbounded = [
      chain([makeNode('Clip', ['a', 'low'], ['b'])], { low: floats([], [0]) }),
      chain([makeNode('Clip', ['a'], ['b'], { min: { f: 0 }, max: { f: 3.4028234e38 } })], {}, { opset: 10 }),
      chain([makeNode('Clip', ['a'], ['b'], { min: { f: 0 } })], {}, { opset: 7 }),
    ];
    for (const model of await Promise.all(unbounded)) {
      const { model: equal, tied } = await rewritten(model);
      expect(tied).toEqual([]);
      expect(equal.view.graph.node[1].opType).toBe('Clip');
      expectEqual(firstRange(equal), secondRange(equal));
    }
  });
});

describe('what is between two layers', () => {
  const scalar = (value: number) => floats([], [value]);
  const refused: Record<string, () => Promise<LoadedModel>> = {
    'a Clip from another bound': () =>
      chain([makeNode('Clip', ['a', 'low', 'high'], ['b'])], { low: scalar(-1), high: scalar(1) }),
    'a Clip without a lower bound': () =>
      chain([makeNode('Clip', ['a', '', 'high'], ['b'])], { high: scalar(1) }),
    'a Clip whose bounds are no constants': () =>
      chain(
        [
          makeNode('ReduceMax', ['x'], ['top'], { keepdims: 0 }),
          makeNode('Clip', ['a', 'low', 'top'], ['b']),
        ],
        { low: scalar(0) },
      ),
    'a function that is not homogeneous': () => chain([makeNode('Sigmoid', ['a'], ['b'])]),
    'an operator that mixes channels': () => chain([makeNode('LRN', ['a'], ['b'], { size: 3 })]),
    'a slope of each pixel that is no constant': () =>
      chain([makeNode('Abs', ['a'], ['c']), makeNode('PRelu', ['c', 'c'], ['b'])]),
    'a residual branch': () =>
      chain([
        makeNode('Relu', ['a'], ['r']),
        makeNode('Sigmoid', ['r'], ['s']),
        makeNode('Mul', ['r', 's'], ['b']),
      ]),
    'an output of the model': () =>
      chain([makeNode('Relu', ['a'], ['b'])], {}, { outputs: [output, { name: 'b', dims: ['N', 4, 6, 6] }] }),
    'a weight that is shared': () =>
      load({
        nodes: [
          makeNode('Conv', ['x', 'w'], ['a'], same),
          makeNode('Relu', ['a'], ['b']),
          makeNode('Conv', ['b', 'w'], ['y'], same),
        ],
        inputs: [image],
        outputs: [output],
        constants: { w: uneven([2, 2, 3, 3], 0, 1) },
      }),
    'a bias that is no constant': () =>
      load({
        nodes: [
          makeNode('ReduceMean', ['x'], ['m'], { axes: [0, 2, 3], keepdims: 0 }),
          makeNode('Conv', ['x', 'w1', 'm'], ['a'], same),
          makeNode('Relu', ['a'], ['b']),
          makeNode('Conv', ['b', 'w2'], ['y'], same),
        ],
        inputs: [image],
        outputs: [output],
        constants: { w1: uneven([2, 2, 3, 3], 0, 1), w2: uneven([2, 2, 3, 3], 1, 1) },
      }),
  };

  it.each(Object.keys(refused))('is left alone: %s', async (name) => {
    expect(equalized(await refused[name](), none)).toBeUndefined();
  });

  it.each(['a', 'b', 'w1', 'b1', 'w2'])('is left alone where %s is pinned', async (pinned) => {
    const model = await chain([makeNode('Relu', ['a'], ['b'])]);
    expect(equalized(model, new Set([pinned]))).toBeUndefined();
    expect(equalized(model, new Set(['x', 'y', 'b2']))).toBeDefined();
  });
});
