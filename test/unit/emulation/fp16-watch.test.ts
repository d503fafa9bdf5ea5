import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { watchedModel } from '../../../src/emulation/fp16-watch.ts';
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
          const watched = watchedModel({ ...emulation, fp16: emulation.fp16 }, emulation.opset, new Set());
          const summing = await open(watched.model);
          const summed = await summing.run(feeds);
          const sums = watched.sums.map((name) => Number(summed[name].data[0]));
          await summing.close();
          const { model } = editableCopy(emulation.model);
          const { exact, tensors } = emulation.fp16;
          onlyOutputs(model.graph, new Set(tensors.map(({ name }) => exact.get(name)!)));
          const session = await open(model);
          const values = Object.values(await session.run(feeds)).flatMap(({ data }) => [...data].map(Number));
          await session.close();
          expect(sums.every(Number.isFinite)).toBe(
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
    const { opset, model, fp16 } = await emulated('cambricon', steps, ['t4']);
    const summedBeside = (...told: string[]) => {
      const watched = watchedModel({ model, fp16: fp16! }, opset, new Set(told));
      expect([...watched.largest.keys()]).toEqual(told);
      return watched.sums.map((sum) => /^quantgate\/fp16\/(t\d+)\/sum/.exec(sum)?.[1]).filter(Boolean);
    };
    expect(fp16!.tensors.map(({ name }) => name)).toEqual(expect.arrayContaining(['t0', 't2', 't4']));
    expect(summedBeside()).toEqual(['t2', 't4']);
    // What is beyond in one of them that is told hides what it has from another.
    expect(summedBeside('t2')).toEqual(['t0', 't4']);
  });
});

describe('a session of a model that computes in FP16', () => {
  /** Steps whose last ones are given out, on sessions that are counted. */
  async function watchedSteps(steps: readonly Step[], given: readonly string[]) {
    const emulation = await emulated('cambricon', steps, given);
    const [opened, closed]: ModelProto[][] = [[], []];
    const session = await openFp16({ ...emulation, fp16: emulation.fp16! }, async (model) => {
      opened.push(model);
      const inner = await open(model);
      const close = () => {
        closed.push(model);
        return inner.close();
      };
      return { ...inner, close };
    });
    const run = async (value: number) => {
      const { results, beyond } = await session.run({ x: floats([1, 4], [1, 2, 3, value]) });
      expect(Object.keys(results)).toEqual([...given, 'y']);
      return [...beyond];
    };
    return { session, run, opened, closed };
  }

  /** x · 200 and, beside it, exp(−x) · 200. */
  const powers: Step[] = [
    { op: 'Mul', reads: [0, 1] },
    { op: 'Neg', reads: [0, 0] },
    { op: 'Exp', reads: [3, 0] },
    { op: 'Mul', reads: [4, 1] },
  ];

  it('tells the same of runs that are begun together', async () => {
    const values = [300, 400, 300, 350, 500];
    const { session, run } = await watchedSteps(powers, ['t0', 't3']);
    const oneByOne: [string, number][][] = [];
    for (const value of values) oneByOne.push(await run(value));
    await session.close();
    const { session: other, run: begin, opened, closed } = await watchedSteps(powers, ['t0', 't3']);
    expect(await Promise.all(values.map(begin))).toEqual(oneByOne);
    expect([opened.length, closed.length]).toEqual([3, 2]);
    await other.close();
  });

  it('is closed with whatever a run has opened meanwhile', async () => {
    const { session, run, opened, closed } = await watchedSteps(powers, ['t0', 't3']);
    const begun = run(400);
    await session.close();
    await begun;
    expect(opened.length).toBeGreaterThan(1);
    expect(new Set(closed)).toEqual(new Set(opened));
    expect(closed).toHaveLength(opened.length);
  });

  it('is watched by a sum until a value is beyond binary16, and tells then which and how large', async () => {
    const { session, run, opened, closed } = await watchedSteps(powers, ['t0', 't3']);
    expect(session.outputs.map(({ name }) => name)).toEqual(['t0', 't3', 'y']);
    expect(await run(300)).toEqual([]);
    expect([opened.length, closed.length]).toEqual([1, 0]);
    expect(await run(400)).toEqual([['t0', 80_000]]);
    expect(await run(300)).toEqual([]);
    expect(await run(350)).toEqual([['t0', 70_000]]);
    expect([opened.length, closed.length]).toEqual([3, 2]);
    expect(await run(-500)).toEqual([
      ['t0', 100_000],
      ['t2', Infinity],
      ['t3', Infinity],
    ]);
    expect(await run(-7)).toEqual([['t3', 200 * 1097]]);
    expect([opened.length, closed.length]).toEqual([5, 4]);
    await session.close();
    expect(closed).toEqual(opened);
  });

  it('is watched as a whole where a sum is no number though no value is too large', async () => {
    const { session, run, opened } = await watchedSteps([{ op: 'Sqrt', reads: [0, 0] }], ['t0']);
    for (let i = 0; i < 3; i++) expect(await run(-4)).toEqual([]);
    expect(opened.length).toBe(2);
    await session.close();
  });
});
