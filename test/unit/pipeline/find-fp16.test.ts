import { describe, expect, it } from 'vitest';
import { summaryLines } from '../../../src/cli/summary.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { judgeModel } from '../../../src/pipeline/judge-model.ts';
import { fp16Sentence } from '../../../src/report/fp16-sentence.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { staged } from '../../support/staged.ts';

/** What follows a product is divided by the root of its mean square, in which FP16 overflows: about (1000 · x)². */
function normalized(scale: number): ModelProto {
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('Mul', ['h', 'scale'], ['large']),
      Object.assign(makeNode('Pow', ['large', 'two'], ['squares']), { name: 'norm/Pow' }),
      makeNode('ReduceMean', ['squares'], ['mean'], { axes: [-1], keepdims: 1 }),
      makeNode('Sqrt', ['mean'], ['root']),
      makeNode('Div', ['large', 'root'], ['even']),
      makeNode('MatMul', ['even', 'v'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: {
      w: random([8, 8], 1),
      v: random([8, 4], 2),
      scale: floats([], [scale]),
      two: floats([], [2]),
    },
  });
}

async function judgedOn(target: unknown, model: ModelProto, metric = 'agreement', maxDrop: unknown = '40pp') {
  const evaluation = { inputs: 'x.npy', range: [40, 72], metric };
  const stage = await staged({ targets: [target], evaluation, budget: { 'max-drop': maxDrop } }, model);
  const input = { baselines: undefined, shards: new Map(), commit: null, date: new Date(0) };
  const written = { ...input, writeChipFile: async () => {} };
  const { report } = await judgeModel(stage.config, written as never, stage.context);
  return { report, target: report.targets[0] as JudgedTarget };
}

describe('an operator that overflows in FP16', () => {
  it('is named with its values, and FP32 in its place is measured', async () => {
    const { report, target } = await judgedOn('tensorrt', normalized(1000));
    expect(target).toMatchObject({ verdict: 'fail', scheme: { float: 'fp16' } });
    const { overflows, inFp32, nsr } = target.fp16!;
    expect(overflows).toMatchObject([{ tensor: 'squares', layer: 'norm/Pow', op: 'Pow' }]);
    const [{ largest, share }] = overflows;
    expect(largest).toBeGreaterThan(65520);
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(1);
    expect(inFp32!.verdict).toBe('pass');
    expect(inFp32!.quantized).toBeGreaterThan(0.9);
    expect(nsr).toBeGreaterThan(0.5);
    expect(target.recovery).toBeUndefined();
    const [, toDo, ...notes] = summaryLines({ models: [report], warnings: [] } as never);
    expect(toDo).toMatch(
      /^m {2}to do {9}tensorrt: Compute in FP32 what is not integer, with `float: fp32`, or /,
    );
    expect(notes.join()).toContain('tensorrt: in FP16 "squares" (Pow, "norm/Pow") overflows: up to ');
  });

  it('is none where the target computes in float32, or its values stay in the range', async () => {
    const inFp32 = await judgedOn({ chip: 'tensorrt', float: 'fp32' }, normalized(1000));
    expect(inFp32.target).toMatchObject({
      target: 'tensorrt-fp32',
      verdict: 'pass',
      scheme: { float: 'fp32' },
    });
    expect(inFp32.target.fp16).toBeUndefined();
    const small = await judgedOn('tensorrt', normalized(10));
    expect(small.target).toMatchObject({ verdict: 'pass', fp16: { overflows: [], more: 0 } });
    expect(small.target.fp16!.inFp32).toBeUndefined();
    expect(fp16Sentence(small.target)).toBeUndefined();
  });

  it('is a loss of the target, not an error, where it makes outputs that are no numbers', async () => {
    const model = normalized(1000);
    // ∞ − ∞ behind the overflow.
    model.graph!.node = [
      ...model.graph!.node.filter(({ output }) => output[0] !== 'y'),
      makeNode('MatMul', ['even', 'v'], ['z']),
      makeNode('Sub', ['squares', 'squares'], ['nothing']),
      makeNode('ReduceMax', ['nothing'], ['lost'], { axes: [-1], keepdims: 1 }),
      makeNode('Add', ['z', 'lost'], ['y']),
    ];
    const { target } = await judgedOn('tensorrt', model, 'cosine', 0.05);
    expect(target.verdict).toBe('fail');
    expect(target.fp16!.overflows[0]).toMatchObject({ tensor: 'squares' });
    expect(target.fp16!.inFp32!.verdict).toBe('pass');
  });
});
