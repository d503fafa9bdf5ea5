import { beforeAll, describe, expect, it } from 'vitest';
import { fullNsr } from '../../../src/attribution/impact/impact.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { kernelOperators } from '../../../src/emulation/kernel-operators.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { batchOf, quantized } from '../attribution/setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const SAMPLES = 40;

/** x → Softmax over `classes` → MatMul. */
const attention = (classes: number, opset = 13) =>
  load({
    nodes: [makeNode('Softmax', ['x'], ['p'], { axis: 1 }), makeNode('MatMul', ['p', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', classes] }],
    outputs: [{ name: 'y', dims: ['N', 5] }],
    constants: { w: random([classes, 5], 3) },
    opset,
  });

const pooling = () =>
  load({
    nodes: [
      makeNode('Conv', ['x', 'k'], ['c']),
      makeNode('GlobalAveragePool', ['c'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      makeNode('Gemm', ['f', 'w'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 3, 7, 9] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: { k: random([6, 3, 1, 1], 1), w: random([6, 4], 2) },
  });

const onnxruntime = { target: targets.onnxruntime };

/** Logits of which some stand out, and a batch of them. */
function logits(classes: number) {
  const x = noise(SAMPLES * classes, 5).map((v, i) => (i % 7 === 0 ? 6 * v : 2 * v));
  return { ...batchOf(SAMPLES, [classes]), inputs: { x: floats([SAMPLES, classes], x) } };
}

async function outputOf(model: Uint8Array, optimize: 'float' | 'integer', batch: ReturnType<typeof batchOf>) {
  const session = await load.runtime.open(model, { optimize });
  const { y } = await session.run(batch.inputs);
  await session.close();
  return [...(y.data as Float32Array)];
}

const emulated = (q: Quantized, batch: ReturnType<typeof batchOf>) =>
  outputOf(serializeModel(emulatedModel(q, 'integer').model), 'float', batch);

function real(q: Quantized, batch: ReturnType<typeof batchOf>) {
  const written = qdqModel(q, targets.onnxruntime.qdq!);
  if ('obstacle' in written) throw new Error(written.obstacle);
  return outputOf(serializeModel(written.model), 'integer', batch);
}

describe('a Softmax of ONNX Runtime’s int8 kernels', () => {
  const pinned: Range[] = [
    { alpha: 0, beta: 1 },
    { alpha: 0, beta: 0.25 },
  ];
  it.each([2, 3, 7, 12, 100].flatMap((classes) => pinned.map((p) => [classes, p] as const)))(
    'of %i classes is emulated bit for bit, in the range %o',
    async (classes, p) => {
      const batch = logits(classes);
      const q = await quantized(await attention(classes), load.runtime, batch, onnxruntime, { p });
      expect(await emulated(q, batch)).toEqual(await real(q, batch));
    },
  );

  it.each([8, 11])('of opset %i is emulated over all dimensions behind its axis', async (opset) => {
    const batch = logits(12);
    const q = await quantized(await attention(12, opset), load.runtime, batch, onnxruntime);
    expect(await emulated(q, batch)).toEqual(await real(q, batch));
    expect(await fullNsr(q, [batch], load.runtime, ['y'])).toBeLessThan(0.01);
    const errors = await localErrors(q, [q.units], [batch], { runtime: load.runtime });
    expect([...errors.values()].every(({ nsr }) => nsr < 0.01)).toBe(true);
  });
});

describe('a Softmax over another dimension than the last', () => {
  it.each([11, 13])('is emulated bit for bit: opset %i', async (opset) => {
    const model = await load({
      nodes: [makeNode('Softmax', ['x'], ['p'], { axis: 1 }), makeNode('MatMul', ['p', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 9, 4] }],
      outputs: [{ name: 'y', dims: ['N', 9, 5] }],
      constants: { w: random([4, 5], 3) },
      opset,
    });
    const batch = batchOf(SAMPLES, [9, 4]);
    const q = await quantized(model, load.runtime, batch, onnxruntime);
    expect(await emulated(q, batch)).toEqual(await real(q, batch));
  });
});

describe('a GlobalAveragePool of ONNX Runtime’s int8 kernels', () => {
  it('is emulated bit for bit', async () => {
    const batch = batchOf(SAMPLES, [3, 7, 9]);
    const q = await quantized(await pooling(), load.runtime, batch, onnxruntime);
    expect(await emulated(q, batch)).toEqual(await real(q, batch));
  });
});

describe('the error of a kernel', () => {
  /** Two classes in a range of a quarter: the kernel's integers wrap around. */
  const wrapping = async () => {
    const batch = logits(2);
    const model = await attention(2);
    return {
      batch,
      q: await quantized(model, load.runtime, batch, onnxruntime, { p: { alpha: 0, beta: 0.25 } }),
    };
  };

  it('is the arithmetic of its unit, and not its rounding', async () => {
    const { batch, q } = await wrapping();
    const errors = await localErrors(q, [q.units], [batch], { runtime: load.runtime });
    const softmax = errors.get(q.units.find(({ op }) => op === 'Softmax')!.name)!;
    expect(softmax.shares!.output).toBeGreaterThan(0.9);
  });

  it('reaches the outputs when its unit is switched on', async () => {
    const { batch, q } = await wrapping();
    const session = await load.runtime.open(serializeModel(q.model.model), { optimize: 'float' });
    const exact = (await session.run(batch.inputs)).y.data as Float32Array;
    await session.close();
    const codes = await real(q, batch);
    const noisePower = codes.reduce((sum, y, i) => sum + (y - exact[i]) ** 2, 0);
    const signal = exact.reduce((sum, y) => sum + y ** 2, 0);
    expect(await fullNsr(q, [batch], load.runtime, ['y'])).toBeCloseTo(noisePower / signal, 4);
  });
});

describe('kernels of their own arithmetic', () => {
  const opsOf = (q: Quantized) => [...kernelOperators(q).keys()].map(({ opType }) => opType);
  const quantizedFor = async (model: LoadedModel, changes = {}) =>
    quantized(model, load.runtime, logits(12), { ...onnxruntime, ...changes });

  it('are those of the target that has them, for 8 bits', async () => {
    const model = await attention(12);
    expect(opsOf(await quantizedFor(model))).toEqual(['Softmax']);
    expect(opsOf(await quantizedFor(model, { activationBits: 16 }))).toEqual([]);
    expect(opsOf(await quantizedFor(model, { target: targets.snpe }))).toEqual([]);
  });

  it('do not run where a file reads values before they are rounded', async () => {
    const scalar = (value: number) => floats([], [value]);
    const model = await load({
      nodes: [
        makeNode('QuantizeLinear', ['x', 's', 'z'], ['xq']),
        makeNode('DequantizeLinear', ['xq', 's', 'z'], ['xd']),
        makeNode('Softmax', ['xd'], ['p']),
        makeNode('QuantizeLinear', ['p', 't', 'z'], ['pq']),
        makeNode('DequantizeLinear', ['pq', 't', 'z'], ['pd']),
        makeNode('MatMul', ['pd', 'w'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 12] }],
      outputs: [
        { name: 'y', dims: ['N', 5] },
        { name: 'p', dims: ['N', 12] },
      ],
      constants: {
        s: scalar(0.05),
        t: scalar(1 / 255),
        z: { type: 'uint8', dims: [], data: Uint8Array.of(0) },
        w: random([12, 5], 3),
      },
    });
    expect(opsOf(await quantizedFor(model))).toEqual([]);
  });
});
