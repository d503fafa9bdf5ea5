import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { openFp16 } from '../../../src/evaluation/fp16-session.ts';
import { OVERFLOW_FLOAT16 } from '../../../src/numerics/float16.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { editableCopy, makeNode } from '../../../src/onnx/graph.ts';
import { onlyOutputs } from '../../../src/onnx/prune.ts';
import { openModel } from '../../../src/runtime/open-model.ts';
import { targets } from '../../../src/targets/index.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const open = (model: ModelProto) => openModel(model, { optimize: 'float' }, load.runtime);

/** An operator of one input, or of two, that reads what was made before. */
interface Step {
  readonly op: string;
  readonly reads: readonly [number, number];
}

const UNARY = ['Tanh', 'Sigmoid', 'Abs', 'Sqrt', 'Neg', 'Relu', 'Exp', 'Identity', 'Reciprocal'];
const BINARY = ['Add', 'Mul', 'Sub', 'Div', 'Max'];

const nodesOf = (steps: readonly Step[]) =>
  steps.map(({ op, reads }, i) => {
    const made = ['x', 'k', ...steps.slice(0, i).map((_, before) => `t${before}`)];
    const [a, b] = reads.map((at) => made[at % made.length]);
    return makeNode(op, BINARY.includes(op) ? [a, b] : [a], [`t${i}`]);
  });

/** What a target makes of a product, and of steps on x and a constant of 200, all of which the model gives out. */
async function emulated(chip: 'tensorrt' | 'cambricon', steps: readonly Step[], given: readonly string[]) {
  const model = await load({
    nodes: [...nodesOf(steps), makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 4] }],
    outputs: [...given, 'y'].map((name) => ({ name, dims: ['N', 4] })),
    constants: { w: random([4, 4], 5), k: floats([1, 4], [200, 200, 200, 200]) },
  });
  const names = [...model.view.producers.keys(), 'x'];
  const histograms = histogramsOf(Object.fromEntries(names.map((name) => [name, Float32Array.of(-1, 1)])));
  const target = targets[chip];
  const scheme = { target, granularity: 'per-tensor', weightBits: 8, activationBits: 8 } as const;
  const quantized = await quantizedBy(model, { ...scheme, range: 'min-max', float: 'fp16' }, histograms);
  return { ...emulatedModel(quantized, 'integer'), opset: model.opset };
}

describe('the watch of FP16', () => {
  it('tells of any value beyond binary16, and of nothing else', async () => {
    const step = fc.record({
      op: fc.constantFrom(...UNARY, ...BINARY),
      reads: fc.tuple(fc.nat(20), fc.nat(20)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('tensorrt' as const, 'cambricon' as const),
        fc.array(fc.float({ min: -400, max: 400, noNaN: true }), { minLength: 4, maxLength: 4 }),
        async (steps, chip, x) => {
          const emulation = await emulated(chip, steps, [`t${steps.length - 1}`]);
          if (emulation.fp16 === undefined) return;
          const feeds = { x: floats([1, 4], x) };
          const watched = await open(emulation.model);
          const { [emulation.fp16.sum]: sum } = await watched.run(feeds);
          await watched.close();
          const { model } = editableCopy(emulation.model);
          const { exact, tensors } = emulation.fp16;
          onlyOutputs(model.graph, new Set(tensors.map(({ name }) => exact.get(name)!)));
          const session = await open(model);
          const values = Object.values(await session.run(feeds)).flatMap(({ data }) => [...data].map(Number));
          await session.close();
          expect(Number.isFinite(sum.data[0])).toBe(
            values.every((value) => Math.abs(value) < OVERFLOW_FLOAT16),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads no tensor whose infinities another one has as well', async () => {
    const steps: Step[] = [
      { op: 'Mul', reads: [0, 1] },
      { op: 'Neg', reads: [2, 0] },
      { op: 'Add', reads: [3, 1] },
      { op: 'Tanh', reads: [4, 0] },
      { op: 'Mul', reads: [5, 1] },
    ];
    const { model, fp16 } = await emulated('cambricon', steps, ['t4']);
    expect(fp16!.tensors.map(({ name }) => name)).toEqual(expect.arrayContaining(['t0', 't2', 't4']));
    const summed = model.graph!.node.filter(({ output }) => /^quantgate\/fp16\/t\d+\/sum/.test(output[0]));
    expect(summed.map(({ input }) => input[0]).sort()).toEqual(['t2', 't4']);
  });
});

describe('a session of a model that computes in FP16', () => {
  it('changes to the model that tells tensors where a value is beyond binary16, and stays with it', async () => {
    const emulation = await emulated('cambricon', [{ op: 'Mul', reads: [0, 1] }], ['t0']);
    const opened: ModelProto[] = [];
    const closed: ModelProto[] = [];
    const session = await openFp16({ ...emulation, fp16: emulation.fp16! }, async (model) => {
      opened.push(model);
      const inner = await open(model);
      return {
        ...inner,
        close: async () => {
          closed.push(model);
          await inner.close();
        },
      };
    });
    const run = async (value: number) => {
      const { t0, y, ...rest } = await session.run({ x: floats([1, 4], [1, value, 2, -value]) });
      expect([t0.data.length, y.data.length]).toEqual([4, 4]);
      return rest;
    };
    expect(session.outputs.map(({ name }) => name)).toEqual(['t0', 'y']);
    expect(await run(300)).toEqual({});
    expect([opened.length, closed.length]).toEqual([1, 0]);
    const { [session.largest]: largest } = await run(400);
    const place = emulation.fp16!.tensors.findIndex(({ name }) => name === 't0');
    expect(largest.data[place]).toBe(80_000);
    expect([opened.length, closed.length]).toEqual([2, 1]);
    expect((await run(300))[session.largest].data[place]).toBe(60_000);
    await session.close();
    expect(closed).toEqual(opened);
  });
});
