import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { Candidate } from '../../../src/pipeline/judge.ts';
import { withKernelsThatOpen } from '../../../src/pipeline/try-kernels.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { makeModel } from '../../support/models.ts';

const context = {
  runtime: await startRuntime('cpu'),
  signal: new AbortController().signal,
} as Parameters<typeof withKernelsThatOpen>[1];

const port = { dims: ['N', 2] };
const kernelsOf = (...names: string[]) => ({
  name: 'onnxruntime/int8',
  optimize: 'integer' as const,
  overflows: new Map(),
  model: makeModel({
    nodes: names.map((name, i) => {
      const node = makeNode('Relu', [i === 0 ? 'x' : `y${i - 1}`], [`y${i}`]);
      node.name = name;
      return node;
    }),
    inputs: [{ name: 'x', ...port }],
    outputs: [{ name: `y${names.length - 1}`, ...port }],
  }),
});
const candidateWith = (kernels: Candidate['kernels']) => ({ kernels }) as Candidate;

describe('withKernelsThatOpen', () => {
  it('keeps kernels that ONNX Runtime opens, and what was not run already', async () => {
    const candidates = [
      candidateWith(kernelsOf('a', 'b')),
      candidateWith(undefined),
      candidateWith({ notRun: 'they are for 8 bits' }),
    ];
    expect(await withKernelsThatOpen(candidates, context)).toEqual(candidates);
  });

  it('says why a model is refused, and costs the other candidates nothing', async () => {
    const [refused, good] = [candidateWith(kernelsOf('a', 'a')), candidateWith(kernelsOf('a', 'b'))];
    const [first, second] = await withKernelsThatOpen([refused, good], context);
    expect(first.kernels).toEqual({
      notRun: expect.stringMatching(
        /^ONNX Runtime [\d.]+ does not open the model with Q\/DQ \(.*same node name.*\): load the file without/,
      ),
    });
    expect(second).toBe(good);
  });

  it('stops when it is interrupted', async () => {
    const interrupted = { ...context, signal: AbortSignal.abort(new Error('interrupted')) };
    await expect(withKernelsThatOpen([candidateWith(undefined)], interrupted)).rejects.toThrow('interrupted');
  });
});
