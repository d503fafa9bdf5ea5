import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { withLeavesLast } from '../../../src/runtime/leaves-last.ts';
import { makeModel } from '../../support/models.ts';

/** A chain of Relus with a sum over some of its tensors, which are appended behind it. */
function chain(length: number, summed: readonly number[]) {
  const links = Array.from({ length }, (_, i) => makeNode('Relu', [`t${i}`], [`t${i + 1}`]));
  const sums = summed.map((i) => makeNode('ReduceSum', [`t${i}`], [`sum${i}`]));
  const outputs = [`t${length}`, ...summed.map((i) => `sum${i}`)];
  return makeModel({
    nodes: [...links, ...sums],
    inputs: [{ name: 't0', dims: [2] }],
    outputs: outputs.map((name) => ({ name, dims: [] })),
  }).graph!;
}

const made = ({ node }: { node: readonly { output: string[] }[] }) => node.map(({ output }) => output[0]);

describe('leaves of a graph', () => {
  it('come last, those nearest to the inputs at the very end', () => {
    expect(made(withLeavesLast(chain(3, [1, 2])))).toEqual(['t1', 't2', 't3', 'sum2', 'sum1']);
  });

  it('leave a graph alone that ends in one', () => {
    const graph = chain(3, []);
    expect(withLeavesLast(graph)).toBe(graph);
  });

  it('move behind all that they read, and nothing is lost', () => {
    const graphs = fc
      .integer({ min: 1, max: 12 })
      .chain((length) => fc.tuple(fc.constant(length), fc.uniqueArray(fc.integer({ min: 0, max: length }))));
    fc.assert(
      fc.property(graphs, ([length, summed]) => {
        const graph = chain(length, summed);
        const { node } = withLeavesLast(graph);
        expect(made({ node }).toSorted()).toEqual(made(graph).toSorted());
        const known = new Set(['t0']);
        for (const { input, output } of node) {
          expect(input.every((name) => known.has(name))).toBe(true);
          known.add(output[0]);
        }
      }),
    );
  });
});
