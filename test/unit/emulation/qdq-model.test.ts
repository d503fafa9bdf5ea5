import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import { readQdq } from '../../../src/formats/qdq-onnx.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { opsetOf, serializeModel } from '../../../src/onnx/model.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { chosen, kept, quantizedFor, written } from '../../support/qdq-round-trip.ts';
import { tensorrtComplaints } from '../../support/tensorrt-rules.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const pads = { pads: [1, 1, 1, 1] };

/** Two convolutions with a residual addition, a transposed convolution and a product, of any opset. */
const residual = (opset: number, weight = 'w') =>
  load({
    nodes: [
      makeNode('Conv', ['x', weight, 'b'], ['a'], pads),
      makeNode('Relu', ['a'], ['r']),
      makeNode('Conv', ['r', 'v'], ['c'], pads),
      makeNode('Add', ['c', 'x'], ['sum']),
      makeNode('ConvTranspose', ['sum', 't'], ['up'], { strides: [2, 2] }),
      makeNode('Clip', ['up'], ['clipped'], opset < 11 ? { min: { f: 0 }, max: { f: 6 } } : {}),
      makeNode('GlobalAveragePool', ['clipped'], ['pooled']),
      makeNode('Flatten', ['pooled'], ['flat']),
      makeNode('Gemm', ['flat', 'g', 'k'], ['y'], { transB: 1 }),
    ],
    inputs: [{ name: 'x', dims: [1, 2, 6, 6] }],
    outputs: [{ name: 'y', dims: [1, 5] }],
    constants: {
      [weight]: random([2, 2, 3, 3], 1),
      b: random([2], 2),
      v: random([2, 2, 3, 3], 3),
      t: random([2, 3, 2, 2], 4),
      g: random([5, 3], 5),
      k: random([5], 6),
    },
    opset,
  });

describe.each([8, 11, 13, 18, 21])('a Q/DQ model of opset %i', (opset) => {
  it('obeys the rules of the TensorRT parser', async () => {
    for (const granularity of ['per-channel', 'per-tensor'] as const) {
      const { model } = written(await residual(opset), 'tensorrt', { granularity });
      expect(tensorrtComplaints(model)).toEqual([]);
      expect(opsetOf(model)).toBe(Math.max(opset, 13));
    }
  });

  it.each(['tensorrt', 'onnxruntime'] as const)('is read back bit for bit: %s', async (chip) => {
    const { model, parameters, plan } = written(await residual(opset), chip);
    expect(kept(model)).toEqual(chosen(parameters, plan));
  });

  it.each(['tensorrt', 'onnxruntime'] as const)('computes what the emulation does: %s', async (chip) => {
    const original = await residual(opset);
    const { quantized, parameters, model } = written(original, chip);
    const run = async (bytes: Uint8Array) => {
      const session = await load.runtime.open(bytes, { optimize: 'float' });
      const { y } = await session.run({ x: random([1, 2, 6, 6], 11) });
      await session.close();
      return [...(y.data as Float32Array)];
    };
    const [emulated, explicit] = [
      await run(serializeModel(emulatedModel(quantized, 'float').model)),
      await run(serializeModel(model)),
    ];
    const step = parameters.activations.get('y')?.scale ?? 1e-5;
    explicit.forEach((value, i) => {
      expect(Math.abs(value - emulated[i]), `${explicit} and ${emulated}`).toBeLessThanOrEqual(1.001 * step);
    });
  });
});

describe('names', () => {
  it('of inputs, outputs, weights and tensors are the user’s', async () => {
    const original = await residual(13);
    const { model } = written(original, 'onnxruntime');
    const graph = model.graph!;
    expect(graph.input.map((i) => i.name)).toEqual(['x']);
    expect(graph.output.map((o) => o.name)).toEqual(['y']);
    const names = new Set([...graph.initializer.map((t) => t.name), ...graph.node.flatMap((n) => n.output)]);
    expect(
      ['w', 'b', 'v', 't', 'g', 'k', 'a', 'r', 'c', 'sum', 'up', 'y'].filter((n) => !names.has(n)),
    ).toEqual([]);
  });

  it('of weights that two layers read, or a Gather as well, get the layer’s behind them', async () => {
    const model = await load({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['a']),
        makeNode('MatMul', ['a', 'w'], ['c']),
        makeNode('Sub', ['c', 'e'], ['y']),
        makeNode('MatMul', ['x', 'e'], ['z']),
      ],
      inputs: [{ name: 'x', dims: [4, 4] }],
      outputs: [
        { name: 'y', dims: [4, 4] },
        { name: 'z', dims: [4, 4] },
      ],
      constants: { w: random([4, 4], 1), e: random([4, 4], 2) },
    });
    const { model: qdq } = written(model, 'tensorrt');
    const names = qdq
      .graph!.initializer.map((t) => t.name)
      .filter((n) => /^[we]/.test(n) && !/scale|zero/.test(n));
    expect(names.sort()).toEqual(['e', 'e/z/MatMul', 'w/a/MatMul', 'w/c/MatMul']);
    expect(tensorrtComplaints(qdq)).toEqual([]);
  });

  it('may be of any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ unit: 'binary', minLength: 1, maxLength: 12 })
          .filter((s) => !/^(x|b|v|t|g|k|a|r|c|y|sum|up|clipped|pooled|flat)$/.test(s) && s.isWellFormed()),
        async (name) => {
          const { model } = written(await residual(13, name), 'tensorrt');
          expect(kept(model).has(name)).toBe(true);
        },
      ),
      { numRuns: 15, examples: [['w/scale'], ['b/zero'], ['__proto__'], ['重み: 1']] },
    );
  });
});

it('holds every range and width bit for bit', async () => {
  const model = await load({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 3] }],
    outputs: [{ name: 'y', dims: ['N', 2] }],
    constants: { w: random([3, 2], 4) },
  });
  const end = fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
  await fc.assert(
    fc.property(
      end,
      end,
      fc.integer({ min: 2, max: 8 }),
      fc.integer({ min: 2, max: 8 }),
      (a, b, weightBits, activationBits) => {
        const pins = { x: { alpha: Math.min(a, b), beta: Math.max(a, b) } };
        for (const chip of ['tensorrt', 'onnxruntime'] as const) {
          const {
            model: qdq,
            parameters,
            plan,
          } = written(model, chip, { weightBits, activationBits }, undefined, pins);
          expect(kept(qdq)).toEqual(chosen(parameters, plan));
          const read = readQdq(qdq, 'model.qdq.onnx').tensors.find((t) => t.name === 'x')!;
          const { bits, qmin, qmax, symmetric } = [...parameters.activations.values()][0].grid;
          expect([read.bits, read.qmin, read.qmax]).toEqual([bits, qmin, qmax]);
          if (symmetric) expect(read.symmetric).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});

describe('grids', () => {
  it.each([4, 5, 6, 7])('of %i bits are stored in 8 and clipped before', async (bits) => {
    for (const opset of [8, 13]) {
      for (const chip of ['tensorrt', 'onnxruntime'] as const) {
        const { model, parameters, plan } = written(await residual(opset), chip, {
          weightBits: bits,
          activationBits: bits,
        });
        const { tensors } = readQdq(model, 'model.qdq.onnx');
        const activations = tensors.filter((t) => t.kind === 'activation');
        expect(activations.map((t) => [t.name, t.bits, t.qmin, t.qmax]).sort()).toEqual(
          [...parameters.grids].map(([name, { grid }]) => [name, bits, grid.qmin, grid.qmax]).sort(),
        );
        expect(kept(model)).toEqual(chosen(parameters, plan));
        expect(opsetOf(model)).toBe(13);
        if (chip === 'tensorrt') expect(tensorrtComplaints(model)).toEqual([]);
      }
    }
  });

  it('of 16 bits need opset 21, and a toolchain that takes them', async () => {
    const original = await residual(13);
    const { model, parameters, plan } = written(original, 'onnxruntime', {
      activationBits: 16,
      weightBits: 16,
    });
    expect(opsetOf(model)).toBe(21);
    expect(kept(model)).toEqual(chosen(parameters, plan));
    const session = await load.runtime.open(serializeModel(model), { optimize: 'float' });
    await session.close();
    const wide = quantizedFor(original, 'tensorrt', { activationBits: 16 });
    expect(qdqModel(wide, targets.tensorrt.qdq!)).toEqual({
      obstacle: 'NVIDIA Jetson / TensorRT takes at most 8 bits, not 16',
    });
  });

  it('whose ties go away from zero are not written', async () => {
    const original = await residual(13);
    expect(qdqModel(quantizedFor(original, 'cambricon'), targets.tensorrt.qdq!)).toEqual({
      obstacle: expect.stringContaining('ties away from zero'),
    });
  });
});

it('a bias stays in floating point where the rules say so', async () => {
  const { model } = written(await residual(13), 'onnxruntime', {}, { file: '', bias: 'float', maxBits: 8 });
  expect(model.graph!.node.find((n) => n.opType === 'Conv')!.input[2]).toBe('b');
});
