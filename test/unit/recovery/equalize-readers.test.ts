import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toFloat16 } from '../../../src/numerics/float16.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { intAttribute, makeNode } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read-model.ts';
import { equalized } from '../../../src/recovery/equalize.ts';
import { type LoadedModel, loadModel } from '../../../src/runtime/load-model.ts';
import { externalized } from '../../support/external-data.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { makeModel, type PortSpec, random } from '../../support/models.ts';
import { bodyThatReads, constantOf, expectSameFunction, type Feeds, uneven } from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const none = new Set<string>();
const feeds: Feeds = { x: random([2, 4, 4, 4], 50) };
const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const firstLayer = makeNode('Conv', ['x', 'w1', 'b1'], ['a'], same);
const relu = makeNode('Relu', ['a'], ['b']);
const lastLayer = makeNode('Conv', ['b', 'w2', 'b2'], ['y'], same);

/** Two layers of four channels each, with `beside` them in the graph. */
function parts(
  nodes: readonly NodeProto[],
  constants: Record<string, Tensor> = {},
  outputs: readonly PortSpec[] = [],
): Parameters<typeof makeModel>[0] {
  return {
    nodes,
    inputs: [{ name: 'x', dims: ['N', 4, 4, 4] }],
    outputs: [{ name: 'y', dims: ['N', 'C', 'H', 'W'] }, ...outputs],
    constants: {
      w1: uneven([4, 4, 3, 3], 0, 1),
      b1: random([4], 2),
      w2: uneven([4, 4, 3, 3], 1, 3),
      b2: random([4], 4),
      ...constants,
    },
  };
}

async function rewritten(model: LoadedModel) {
  const result = equalized(model, none)!;
  expect(result).toBeDefined();
  await expectSameFunction(model, result, feeds, load.runtime);
  const [before, after] = [model, result.model].map(({ view }) => [
    ...view.initializers.keys(),
    ...view.producers.keys(),
    ...view.graph.node.map(({ name }) => `node ${name}`),
  ]);
  expect(after).toEqual(expect.arrayContaining(before));
  return result;
}

const biasOf = ({ view }: LoadedModel, output: string) => view.producers.get(output)!.input[2];

describe('a bias that something else reads as well', () => {
  it('stays for the other layer', async () => {
    const last = makeNode('Conv', ['b', 'w2', 'b1'], ['y'], same);
    const model = await load(parts([firstLayer, relu, last]));
    const { model: equal } = await rewritten(model);
    expect(biasOf(equal, 'a')).toBe('b1/a/Conv');
    expect(biasOf(equal, 'y')).toBe('b1');
    expect([...constantOf(equal, 'b1')]).toEqual([...constantOf(model, 'b1')]);
    expect(equal.weightNames.get('b1/a/Conv')).toBe('b1');
  });

  it('stays where it is an output of the model', async () => {
    const model = await load(parts([firstLayer, relu, lastLayer], {}, [{ name: 'b1', dims: [4] }]));
    const { model: equal } = await rewritten(model);
    expect([...constantOf(equal, 'b1')]).toEqual([...constantOf(model, 'b1')]);
  });

  it('stays where a body reads it', async () => {
    const nodes = [firstLayer, relu, lastLayer, ...bodyThatReads('b1', 'chosen')];
    await rewritten(await load(parts(nodes, {}, [{ name: 'chosen', dims: [4] }])));
  });

  it('stays where two products add it, and both get one of their own', async () => {
    const product = (from: string, w: string, to: string) => [
      makeNode('MatMul', [from, w], [`${to}/m`]),
      makeNode('Add', [`${to}/m`, 'b1'], [to]),
    ];
    const model = await load({
      nodes: [
        ...product('x', 'w1', 'a'),
        relu,
        ...product('b', 'w2', 'c'),
        makeNode('Relu', ['c'], ['d']),
        ...product('d', 'w3', 'y'),
      ],
      inputs: [{ name: 'x', dims: ['N', 4, 4, 4] }],
      outputs: [{ name: 'y', dims: ['N', 4, 4, 4] }],
      constants: {
        w1: uneven([4, 4], 1, 1),
        b1: random([4], 2),
        w2: uneven([4, 4], 0, 3),
        w3: uneven([4, 4], 0, 7),
      },
    });
    const { model: equal, changed } = await rewritten(model);
    const own = ['b1/a/Add', 'b1/c/Add'];
    expect([...changed].filter((name) => equal.view.initializers.has(name))).toEqual(own);
    expect(equal.view.producers.get('y')!.input[1]).toBe('b1');
  });
});

describe('a tensor between two layers', () => {
  it('may tell others its shape', async () => {
    const nodes = [
      firstLayer,
      relu,
      lastLayer,
      makeNode('Shape', ['b'], ['s']),
      makeNode('Size', ['a'], ['n']),
    ];
    const ports: PortSpec[] = [
      { name: 's', dims: [4], type: 'int64' },
      { name: 'n', dims: [], type: 'int64' },
    ];
    const { changed } = await rewritten(await load(parts(nodes, {}, ports)));
    expect(changed).toEqual(new Set(['a', 'b']));
  });
});

describe('a pair is left alone', () => {
  const chosen: PortSpec = { name: 'chosen', dims: [] };
  const concat = [
    makeNode('Relu', ['x'], ['c']),
    makeNode('Concat', ['a', 'c'], ['b'], { axis: 1 }),
    lastLayer,
  ];
  const wide = { w2: uneven([4, 8, 3, 3], 1, 3) };
  const int64 = (...values: number[]): Tensor => ({
    type: 'int64',
    dims: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
  const pair = [firstLayer, relu, lastLayer];
  const refused: Record<string, Parameters<typeof parts>> = {
    'whose first weight is an output': [pair, {}, [{ name: 'w1', dims: [4, 4, 3, 3] }]],
    'whose second weight is an output': [pair, {}, [{ name: 'w2', dims: [4, 4, 3, 3] }]],
    'whose first weight a body reads': [[...pair, ...bodyThatReads('w1', 'chosen')], {}, [chosen]],
    'whose second weight a body reads': [[...pair, ...bodyThatReads('w2', 'chosen')], {}, [chosen]],
    'whose tensor a body reads': [[...pair, ...bodyThatReads('a', 'chosen')], {}, [chosen]],
    'behind a Concat': [[firstLayer, ...concat], wide],
    'behind a residual Add': [[firstLayer, makeNode('Add', ['a', 'x'], ['b']), lastLayer]],
    'behind a Pad with a constant': [
      [firstLayer, makeNode('Pad', ['a', 'pads', 'one'], ['b']), lastLayer],
      { pads: int64(0, 0, 1, 1, 0, 0, 1, 1), one: { type: 'float32', dims: [], data: Float32Array.of(1) } },
    ],
    'behind a Transpose': [
      [firstLayer, makeNode('Transpose', ['a'], ['b'], { perm: [0, 2, 3, 1] }), lastLayer],
    ],
    'behind a Reshape that cuts channels otherwise': [
      [firstLayer, makeNode('Reshape', ['a', 'shape'], ['b']), lastLayer],
      { shape: int64(0, 2, 8, 4), w2: uneven([4, 2, 3, 3], 1, 3) },
    ],
    'behind a MaxPool whose places are read': [
      [
        firstLayer,
        makeNode('MaxPool', ['a'], ['b', 'places'], { kernel_shape: [2, 2] }),
        lastLayer,
        makeNode('Cast', ['places'], ['chosen'], { to: 1 }),
      ],
      {},
      [{ name: 'chosen', dims: ['N', 'C', 'H', 'W'] }],
    ],
    'behind a pool over the channels of a product': [
      [
        makeNode('MatMul', ['x', 'm1'], ['a']),
        makeNode('MaxPool', ['a'], ['b'], same),
        makeNode('MatMul', ['b', 'm2'], ['y']),
      ],
      { m1: uneven([4, 4], 1, 1), m2: uneven([4, 4], 0, 3) },
    ],
    'behind a PRelu with a slope each column': [
      [firstLayer, makeNode('PRelu', ['a', 'slope'], ['b']), lastLayer],
      { slope: random([2, 1, 4, 4], 8), w1: uneven([4, 4, 3, 3], 0, 1) },
    ],
    'behind an addition': [
      [firstLayer, makeNode('Add', ['a', 'offset'], ['b']), lastLayer],
      { offset: random([4], 8) },
    ],
    'whose first product adds what is not of each channel': [
      [
        makeNode('MatMul', ['x', 'm1'], ['a']),
        makeNode('Add', ['a', 'offset'], ['b']),
        makeNode('MatMul', ['b', 'm2'], ['y']),
      ],
      { m1: uneven([4, 4], 1, 1), m2: uneven([4, 4], 0, 3), offset: random([4, 1], 8) },
    ],
    'whose second product takes it from the right': [
      [makeNode('MatMul', ['x', 'm1'], ['a']), relu, makeNode('MatMul', ['m2', 'b'], ['y'])],
      { m1: uneven([4, 4], 1, 1), m2: uneven([4, 4], 1, 3) },
    ],
    'whose first product takes its weight from the left': [
      [makeNode('MatMul', ['m1', 'x'], ['a']), relu, makeNode('MatMul', ['b', 'm2'], ['y'])],
      { m1: uneven([4, 4], 0, 1), m2: uneven([4, 4], 0, 3) },
    ],
    'whose second product sums over another axis': [
      [firstLayer, relu, makeNode('MatMul', ['b', 'm2'], ['y'])],
      { m2: uneven([4, 4], 0, 3) },
    ],
    'whose second product adds it': [
      [
        makeNode('GlobalAveragePool', ['x'], ['p']),
        makeNode('Flatten', ['p'], ['f']),
        makeNode('Tanh', ['f'], ['t']),
        makeNode('Gemm', ['f', 'm1'], ['a']),
        relu,
        makeNode('Gemm', ['t', 'm2', 'b'], ['c']),
        makeNode('Unsqueeze', ['c', 'axes'], ['y']),
      ],
      { m1: uneven([4, 4], 1, 1), m2: uneven([4, 4], 0, 3), axes: int64(2, 3) },
    ],
    'whose weight is a stack of matrices': [
      [makeNode('MatMul', ['x', 'm1'], ['a']), relu, makeNode('MatMul', ['b', 'm2'], ['y'])],
      { m1: uneven([4, 4, 4], 2, 1), m2: uneven([4, 4], 0, 3) },
    ],
    'whose second layer turns what it reads': [
      [
        makeNode('GlobalAveragePool', ['x'], ['p']),
        makeNode('Flatten', ['p'], ['f']),
        makeNode('Gemm', ['f', 'm1'], ['a']),
        relu,
        makeNode('Gemm', ['b', 'm2'], ['c'], { transA: 1 }),
        makeNode('Unsqueeze', ['c', 'axes'], ['y']),
      ],
      { m1: uneven([4, 4], 1, 1), m2: uneven([4, 4], 0, 3), axes: int64(2, 3) },
    ],
    'with a bound behind the Flatten': [
      [
        firstLayer,
        makeNode('Flatten', ['a'], ['f']),
        makeNode('Clip', ['f', 'low', 'high'], ['b']),
        makeNode('Gemm', ['b', 'm2'], ['c']),
        makeNode('Unsqueeze', ['c', 'axes'], ['y']),
      ],
      {
        low: { type: 'float32', dims: [], data: Float32Array.of(0) },
        high: { type: 'float32', dims: [], data: Float32Array.of(1) },
        m2: uneven([64, 4], 0, 3),
        axes: int64(2, 3),
      },
    ],
  };

  it.each(Object.keys(refused))('%s', async (name) => {
    const model = await load(parts(...refused[name]));
    expect(
      model.view.graph.node.filter((node) => intAttribute(node, 'transB', 0) === 0).length,
    ).toBeGreaterThan(1);
    expect(equalized(model, none)).toBeUndefined();
  });
});

describe('the weights of a file', () => {
  it('stay where they are quantized already', async () => {
    const model = await load(parts([firstLayer, relu, lastLayer]));
    const file = { model: model.model } as unknown as LoadedModel['file'];
    expect(equalized({ ...model, file }, none)).toBeUndefined();
  });

  it('may be of 16 bits', async () => {
    const { constants, ...rest } = parts([firstLayer, relu, lastLayer]);
    const halves = Object.fromEntries(
      Object.entries(constants!).map(([name, { dims, data }]) => [
        `${name}/half`,
        { type: 'float16' as const, dims, data: toFloat16(data as Float32Array) },
      ]),
    );
    const casts = Object.keys(constants!).map((name) =>
      makeNode('Cast', [`${name}/half`], [name], { to: 1 }),
    );
    const model = await load({ ...rest, constants: halves, nodes: [...casts, ...rest.nodes] });
    await rewritten(model);
  });

  it('may be in another file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quantgate-test-'));
    try {
      const { model, data } = externalized(makeModel(parts([firstLayer, relu, lastLayer])), 'w.bin');
      writeFileSync(join(folder, 'model.onnx'), model);
      writeFileSync(join(folder, 'w.bin'), data);
      const file = await readModel(join(folder, 'model.onnx'));
      await rewritten(await loadModel(file, 'model.onnx', load.runtime));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
