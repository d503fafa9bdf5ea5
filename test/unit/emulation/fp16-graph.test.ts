import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { fp16Model } from '../../../src/emulation/fp16-graph.ts';
import { countBeyond, watchedModel } from '../../../src/emulation/fp16-watch.ts';
import { fromFloat16, toFloat16 } from '../../../src/numerics/float16.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { importContrib } from '../../../src/onnx/contrib.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, type makeModel, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

type Given = Parameters<typeof makeModel>[0];

const schemeOf = (chip: Chip, float: Scheme['float'] = 'fp16'): Scheme => {
  const target = targets[chip];
  return { target, granularity: 'per-tensor', weightBits: 8, activationBits: 8, range: 'min-max', float };
};

async function quantized(given: Given, chip: Chip = 'tensorrt', float?: Scheme['float']): Promise<Quantized> {
  const model = await load(given);
  const ends = Float32Array.of(-1, 1);
  const names = [...model.view.producers.keys(), ...model.inputs.map(({ name }) => name)];
  const histograms = histogramsOf(Object.fromEntries(names.map((name) => [name, ends])));
  return quantizedBy(model, schemeOf(chip, float), histograms);
}

async function outputsOf(
  model: ModelProto,
  feeds: Record<string, Tensor>,
  optimize: 'none' | 'float' = 'float',
) {
  const session = await load.runtime.open(serializeModel(model), { optimize });
  const outputs = await session.run(feeds);
  await session.close();
  return outputs;
}

const half = (values: ArrayLike<number>) => fromFloat16(toFloat16(values));
const isHalf = ({ data }: Tensor) =>
  expect([...half(data as Float32Array)]).toEqual([...(data as Float32Array)]);
const x = random([4, 8], 3);

/** x · 1000.1 + 0.3 → a · a → y, beside a product that is integer. */
const powers: Given = {
  nodes: [
    makeNode('Mul', ['x', 'k'], ['m']),
    makeNode('Add', ['m', 'c'], ['a']),
    makeNode('Mul', ['a', 'a'], ['p']),
    makeNode('Sqrt', ['p'], ['s']),
    makeNode('MatMul', ['x', 'w'], ['y']),
  ],
  inputs: [{ name: 'x', dims: ['N', 8] }],
  outputs: ['m', 'a', 'p', 's', 'y'].map((name) => ({ name, dims: ['N', 8] })),
  constants: { k: floats([], [1000.1]), c: floats([8], new Array(8).fill(0.3)), w: random([8, 8], 5) },
};

describe('FP16 behind float operators', () => {
  it.each(['none', 'float'] as const)(
    'rounds every output to binary16, with optimization %s',
    async (optimize) => {
      const { model, fp16 } = emulatedModel(await quantized(powers), 'integer');
      const telling = watchedModel({ model, fp16: fp16! }, 13, new Set(fp16!.tensors.map((t) => t.name)));
      const outputs = await outputsOf(telling.model, { x }, optimize);
      for (const name of ['m', 'a', 's', 'y']) isHalf(outputs[name]);
      const [k, c] = half([1000.1, 0.3]);
      const m = half(half(x.data as Float32Array).map((value) => value * k));
      const a = half(m.map((value) => value + c));
      const p = half(a.map((value) => value * value));
      expect([...(outputs.m.data as Float32Array)]).toEqual([...m]);
      expect([...(outputs.a.data as Float32Array)]).toEqual([...a]);
      expect([...(outputs.p.data as Float32Array)]).toEqual([...p]);
      expect(p).toContain(Number.POSITIVE_INFINITY);
      expect(fp16!.tensors.map(({ name }) => name)).toEqual(['m', 'a', 'p', 's', 'y']);
      const [largestSum, largestPower] = ['a', 'p'].map(
        (name) => outputs[telling.largest.get(name)!].data[0],
      );
      expect(largestSum).toBe(Math.max(...m.map((value) => Math.abs(Math.fround(value + c)))));
      expect(largestPower).toBe(Math.max(...a.map((value) => Math.fround(value * value))));
    },
  );

  it('counts the values that become infinite', async () => {
    const { model, fp16 } = emulatedModel(await quantized(powers), 'integer');
    const counted = countBeyond({ model, fp16: fp16! }, 13, ['p', 'm']);
    const { p } = await outputsOf(model, { x });
    const outputs = await outputsOf(counted.model, { x });
    const numbers = counted.counts.map(({ beyond, all }) =>
      [beyond, all].map((name) => Number(outputs[name].data[0])),
    );
    const infinite = (p.data as Float32Array).filter((value) => value === Infinity).length;
    expect(infinite).toBeGreaterThan(0);
    expect(numbers).toEqual([
      [infinite, 32],
      [0, 32],
    ]);
  });

  it('rounds ties to even, keeps subnormal numbers and makes infinities from 65,520 on', async () => {
    const values = [
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      2 ** -24,
      2 ** -25,
      3 * 2 ** -25,
      65519.99,
      65520,
      -70000,
    ];
    const doubled: Given = {
      nodes: [makeNode('Add', ['x', 'x'], ['y']), makeNode('MatMul', ['x', 'w'], ['z'])],
      inputs: [{ name: 'x', dims: [1, 8] }],
      outputs: ['y', 'z'].map((name) => ({ name, dims: [1, 8] })),
      constants: { w: random([8, 8]) },
    };
    const { model } = emulatedModel(await quantized(doubled, 'cambricon'), 'integer');
    const { y } = await outputsOf(model, {
      x: floats(
        [1, 8],
        values.map((value) => value / 2),
      ),
    });
    // The input is rounded before it is doubled, which is exact.
    const input = half(values.map((value) => value / 2));
    expect([...(y.data as Float32Array)]).toEqual([...half(input.map((value) => 2 * value))]);
    const constants = { ...doubled.constants, k: floats([8], new Array(8).fill(0)) };
    const sums = { ...doubled, constants, nodes: [makeNode('Sub', ['x', 'k'], ['y']), doubled.nodes[1]] };
    const plain = emulatedModel(await quantized(sums, 'cambricon'), 'integer');
    const { y: rounded } = await outputsOf(plain.model, { x: floats([1, 8], values) });
    expect([...(rounded.data as Float32Array)]).toEqual([
      1,
      1 + 2 ** -9,
      2 ** -24,
      0,
      2 ** -23,
      65504,
      Infinity,
      -Infinity,
    ]);
  });

  it('is nowhere where the target is asked for float32, or knows nothing else', async () => {
    for (const [chip, float] of [
      ['tensorrt', 'fp32'],
      ['openvino', 'fp16'],
    ] as const) {
      const { model, fp16 } = emulatedModel(await quantized(powers, chip, float), 'integer');
      expect(fp16).toBeUndefined();
      const { p } = await outputsOf(model, { x });
      expect(Math.max(...(p.data as Float32Array))).toBeLessThan(Infinity);
    }
  });

  it('is not where only the grids change a model', async () => {
    const { fp16, model } = emulatedModel(await quantized(powers), 'float');
    expect(fp16).toBeUndefined();
    expect(model.graph!.node.map(({ opType }) => opType)).not.toContain('Cast');
  });

  it('rounds without quantizing in the model that has FP16 alone', async () => {
    const given = await quantized(powers);
    const model = fp16Model(given);
    importContrib(model);
    const { y, m } = await outputsOf(model, { x });
    isHalf(m);
    const exact = await outputsOf(given.model.model, { x });
    expect([...(y.data as Float32Array)]).toEqual([...half(exact.y.data as Float32Array)]);
  });

  it('watches a tensor without values, and one that holds no numbers', async () => {
    const found: Given = {
      nodes: [
        makeNode('NonZero', ['x'], ['places']),
        makeNode('Transpose', ['places'], ['rows']),
        makeNode('GatherND', ['x', 'rows'], ['picked']),
        makeNode('Mul', ['picked', 'k'], ['y']),
        makeNode('MatMul', ['x', 'w'], ['z']),
        makeNode('Log', ['z'], ['l']),
      ],
      inputs: [{ name: 'x', dims: [1, 8] }],
      outputs: [
        { name: 'y', dims: ['K'] },
        { name: 'l', dims: [1, 8] },
      ],
      constants: { w: random([8, 8]), k: floats([], [3]) },
    };
    for (const opset of [11, 13, 18]) {
      const { model, fp16 } = emulatedModel(await quantized({ ...found, opset }), 'integer');
      const feeds = { x: floats([1, 8], new Array(8).fill(0)) };
      const names = fp16!.tensors.map(({ name }) => name);
      const [summed, telling] = [[], names].map((told) =>
        watchedModel({ model, fp16: fp16! }, opset, new Set(told)),
      );
      const seen = await outputsOf(summed.model, feeds);
      expect(seen.y.data).toHaveLength(0);
      expect(summed.sums.map((name) => seen[name].data[0])).toContain(-Infinity);
      const told = await outputsOf(telling.model, feeds);
      const largest = names.map((name) => told[telling.largest.get(name)!].data[0]);
      expect(largest[names.indexOf('y')]).not.toBeGreaterThan(0);
      expect(largest[names.indexOf('z')]).toBe(0);
      expect(largest[names.indexOf('l')]).toBe(Infinity);
    }
  });
});
