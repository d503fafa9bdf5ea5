import { create } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import { switchModel } from '../../../src/attribution/impact/switch-model.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { fakeQuantize } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  type ModelProto,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { batchOf, quantized, stack, WIDTH } from './setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const batch = batchOf(4, [2, 8, 8], 3);

const named = (name: string, ...given: Parameters<typeof makeNode>) =>
  Object.assign(makeNode(...given), { name });

const conv = (name: string, input: string, weight: string, output: string) =>
  named(name, 'Conv', [input, weight, 'b2'], [output], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });

/** A residual block whose two convolutions share a weight, a square, and a tensor that leaves and is read inside. */
const block = (opset: number) =>
  load({
    nodes: [
      named('first', 'Conv', ['x', 'w1', 'b1'], ['c1'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      makeNode('Relu', ['c1'], ['r1']),
      conv('second', 'r1', 'w2', 'c2'),
      conv('third', 'c2', 'w2', 'c3'),
      named('sum', 'Add', ['c3', 'r1'], ['s']),
      makeNode('Relu', ['s'], ['features']),
      named('square', 'Mul', ['features', 'features'], ['m']),
      named('pool', 'MaxPool', ['m'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
      makeNode('Flatten', ['p'], ['flat']),
      named('last', 'Gemm', ['flat', 'w3', 'b3'], ['y'], { transB: 1 }),
    ],
    inputs: [{ name: 'x', dims: ['N', 2, 8, 8] }],
    outputs: [
      { name: 'y', dims: ['N', 5] },
      { name: 'features', dims: ['N', 4, 8, 8] },
    ],
    constants: {
      w1: random([4, 2, 3, 3], 2),
      b1: random([4], 3),
      w2: random([4, 4, 3, 3], 4),
      b2: random([4], 5),
      w3: random([5, 64], 6),
      b3: random([5], 7),
    },
    opset,
  });

/** At `basic` every operator has its own kernel: fused ones (Conv with Add) sum in another order. */
async function outputsOf(model: ModelProto, feeds: Record<string, Tensor>) {
  const session = await load.runtime.open(serializeModel(model), { optimize: 'none' });
  const results = await session.run(feeds);
  await session.close();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]),
  );
}

/** Outputs of the switch model with the named units on. */
async function switched(
  setup: Awaited<ReturnType<typeof quantized>>,
  on: (name: string) => boolean,
  feeds: Readonly<Record<string, Tensor>>,
) {
  const made = switchModel(setup);
  const switches = [...made.switches].map(([unit, input]): [string, Tensor] => [
    input,
    { type: 'bool', dims: [], data: Uint8Array.of(on(unit) ? 1 : 0) },
  ]);
  return outputsOf(made.model, { ...feeds, ...Object.fromEntries(switches) });
}

const chips: readonly Chip[] = ['tensorrt', 'snpe', 'cambricon', 'onnxruntime'];

describe.each(chips.flatMap((chip) => [7, 13].map((opset) => ({ chip, opset }))))(
  'the switch model of $chip, opset $opset',
  ({ chip, opset }) => {
    it('is the FP32 model bit for bit with every switch off', async () => {
      const setup = await quantized(await block(opset), load.runtime, batch, { target: targets[chip] });
      expect(await switched(setup, () => false, batch.inputs)).toEqual(
        await outputsOf(setup.model.model, batch.inputs),
      );
    });

    it('is the emulation in float bit for bit with every switch on', async () => {
      const setup = await quantized(await block(opset), load.runtime, batch, { target: targets[chip] });
      const emulated = emulatedModel(setup, 'float').model;
      expect(await switched(setup, () => true, batch.inputs)).toEqual(
        await outputsOf(emulated, batch.inputs),
      );
    });
  },
);

describe('one unit that is on', () => {
  const setup = async (chip: Chip) =>
    quantized(await block(13), load.runtime, batch, { target: targets[chip] });
  type Setup = Awaited<ReturnType<typeof quantized>>;

  const fake = (tensor: Float32Array, name: string, { parameters }: Setup) => {
    const output = new Float32Array(tensor.length);
    const params = parameters.activations.get(name)!;
    fakeQuantize(tensor, output, params, { grid: params.grid, rounding: 'half-to-even' });
    return output;
  };

  /** The tail of the block by hand: its nodes on given tensors. */
  const run = (nodes: ReturnType<typeof makeNode>[], inputs: Record<string, Tensor>, outputs: string[]) =>
    outputsOf(
      makeModel({
        nodes,
        inputs: Object.entries(inputs).map(([name, { dims }]) => ({ name, dims })),
        outputs: outputs.map((name) => ({ name, dims: name === 'y' ? [4, 5] : [4, 4, 8, 8] })),
      }),
      inputs,
    );

  /** FP32 values of a tensor inside the block. */
  const inside = async (model: LoadedModel, name: string, dims: readonly number[]) => {
    const port = makeModel({ nodes: [], inputs: [], outputs: [{ name, dims }] }).graph!.output;
    const graph = { ...model.model.graph!, output: port };
    return floats(dims, (await outputsOf({ ...model.model, graph }, batch.inputs))[name]);
  };

  it.each(['tensorrt', 'snpe'] as const)(
    'rounds what a layer of %s reads, weighs and adds, nothing else',
    async (chip) => {
      const made = await setup(chip);
      const p = await inside(made.model, 'p', [4, 4, 4, 4]);
      const { data, dims, params } = made.parameters.weights.get('last')!;
      const step = made.parameters.grids.get('flat')!.scale;
      const bias = noise(5, 7).map((b, i) => {
        const unit = Math.fround(step * (params[i] ?? params[0]).scale);
        return chip === 'snpe' ? Math.round(b / unit) * unit : b;
      });
      // MaxPool moves values: what snpe's Gemm reads lies on the grid of its input already, and is not rounded again.
      const flat = chip === 'snpe' ? (p.data as Float32Array) : fake(p.data as Float32Array, 'flat', made);
      const expected = await run(
        [makeNode('Gemm', ['flat', 'w', 'b'], ['y'], { transB: 1 })],
        {
          flat: floats([4, 64], flat),
          w: floats([...dims], data),
          b: floats([5], bias),
        },
        ['y'],
      );
      const fp32 = await outputsOf(made.model.model, batch.inputs);
      const result = await switched(made, (name) => name === 'last', batch.inputs);
      expect(result.y).toEqual(expected.y);
      expect(result.y).not.toEqual(fp32.y);
      expect(result.features).toEqual(fp32.features);
    },
  );

  it('rounds both inputs of an Add, and the tensor for no other reader', async () => {
    const made = await setup('tensorrt');
    const dims = [4, 4, 8, 8];
    const [c3, r1] = [await inside(made.model, 'c3', dims), await inside(made.model, 'r1', dims)];
    const a = fake(c3.data as Float32Array, 'c3', made);
    const b = fake(r1.data as Float32Array, 'r1', made);
    const result = await switched(made, (name) => name === 'sum', batch.inputs);
    expect(result.features).toEqual([...a.map((v, i) => Math.max(0, Math.fround(v + b[i])))]);
  });

  it('rounds a tensor that leaves, not what is read of it inside', async () => {
    const made = await setup('snpe');
    const fp32 = await outputsOf(made.model.model, batch.inputs);
    const result = await switched(made, (name) => name === 'output features', batch.inputs);
    expect(result.features).toEqual([...fake(Float32Array.from(fp32.features), 'features', made)]);
    expect(result.y).toEqual(fp32.y);
  });
});

describe('a layer whose accumulator overflows', () => {
  const narrow = (target: Target): Target => ({
    ...target,
    arithmetic: { ...target.arithmetic, accumulatorBits: () => 14 },
  });
  const samples = batchOf(16, [WIDTH], 5);

  it('wraps around where it is on, as the integer emulation does', async () => {
    const setup = await quantized(await load(stack()), load.runtime, samples, {
      target: narrow(targets.tensorrt),
    });
    const emulation = emulatedModel(setup, 'integer');
    expect(emulation.overflows.size).toBe(6);
    const { r6 } = await outputsOf(emulation.model, samples.inputs);
    expect((await switched(setup, () => true, samples.inputs)).r6).toEqual(r6);
    const float = await outputsOf(emulatedModel(setup, 'float').model, samples.inputs);
    expect(r6).not.toEqual(float.r6);
  });

  it('has real values behind it where the target would round them', async () => {
    const with14Bits = narrow(targets.snpe);
    const [wide, setup] = await Promise.all(
      [targets.snpe, with14Bits].map(async (target) =>
        quantized(await load(stack()), load.runtime, samples, { target, granularity: 'per-tensor' }),
      ),
    );
    const only = (name: string) => name === 'layer6';
    const [a, b] = [
      (await switched(wide, only, samples.inputs)).r6,
      (await switched(setup, only, samples.inputs)).r6,
    ];
    const scale =
      setup.parameters.activations.get('r5')!.scale * setup.parameters.weights.get('layer6')!.params[0].scale;
    // A turn of the accumulator is 2^14 of its units; all else is the same.
    const turns = b.map((v, i) => (v - a[i]) / (scale * 2 ** 14));
    const fractions = turns.map((t) => Math.abs(t - Math.round(t)));
    expect(Math.max(...fractions)).toBeLessThan(0.01);
    expect(turns.some((t) => Math.abs(t) > 0.5)).toBe(true);
  });
});

describe('shared and repeated parts', () => {
  it('a layer that is used twice is two units with constants of their own', async () => {
    const setup = await quantized(await block(13), load.runtime, batch);
    const fp32 = await outputsOf(setup.model.model, batch.inputs);
    const [second, third] = [
      await switched(setup, (name) => name === 'second', batch.inputs),
      await switched(setup, (name) => name === 'third', batch.inputs),
    ];
    expect(second.y).not.toEqual(fp32.y);
    expect(third.y).not.toEqual(fp32.y);
    expect(second.y).not.toEqual(third.y);
  });

  it('keeps the inputs and outputs of the original first', async () => {
    const setup = await quantized(await block(13), load.runtime, batch, { target: targets.snpe });
    const made = switchModel(setup);
    expect(made.model.graph!.output.map((o) => o.name)).toEqual(['y', 'features']);
    expect(made.model.graph!.input.map((i) => i.name)).toEqual(['x', ...made.switches.values()]);
    expect([...made.switches.keys()]).toEqual(setup.units.map((u) => u.name));
  });

  it('leaves the body of an If its tensors, also one that leaves the model', async () => {
    const port = (name: string) =>
      makeModel({ nodes: [], inputs: [], outputs: [{ name, dims: [4, 3] }] }).graph!.output;
    const body = (name: string, op: string) =>
      create(GraphProtoSchema, {
        name,
        node: [makeNode(op, ['h'], [name])],
        output: port(name),
      });
    const chosen = makeNode('If', ['always'], ['y']);
    for (const [name, op] of [
      ['then_branch', 'Neg'],
      ['else_branch', 'Abs'],
    ] as const)
      chosen.attribute.push(
        create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: body(`y/${op}`, op) }),
      );
    const flag = { name: 'always', dims: [], type: 'bool' } as const;
    const model = await load({
      nodes: [named('product', 'MatMul', ['x', 'w'], ['h']), chosen],
      inputs: [{ name: 'x', dims: [4, 5] }, flag],
      outputs: [
        { name: 'y', dims: [4, 3] },
        { name: 'h', dims: [4, 3] },
      ],
      constants: { w: random([5, 3], 4) },
    });
    const always: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(1) };
    const samples = { ...batchOf(4, [5], 5) };
    const fed = { ...samples, inputs: { ...samples.inputs, always } };
    const setup = await quantized(model, load.runtime, fed, { target: targets.snpe });
    const fp32 = await outputsOf(model.model, fed.inputs);
    expect(await switched(setup, () => false, fed.inputs)).toEqual(fp32);
    const emulated = emulatedModel(setup, 'float').model;
    expect(await switched(setup, () => true, fed.inputs)).toEqual(await outputsOf(emulated, fed.inputs));
  });
});
