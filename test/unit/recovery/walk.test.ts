import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/data/batch.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { parseModel } from '../../../src/onnx/model.ts';
import { walkAlong } from '../../../src/recovery/walk.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Runtime, startRuntime } from '../../../src/runtime/runtime.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { batchOf } from '../../support/quantized-units.ts';
import { bodyThatReads, valuesOf } from './rewriting.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime('cpu');
});

/** A runtime that keeps what it opens: the names of the nodes of each piece, what goes in and what comes out. */
function watched() {
  const pieces: { nodes: string[]; inputs: string[]; outputs: string[]; runs: number; isClosed: boolean }[] =
    [];
  const watching: Runtime = {
    ...runtime,
    async open(bytes, ...rest) {
      const { graph } = parseModel(bytes as Uint8Array, 'piece');
      const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
      const piece = {
        nodes: names(graph!.node),
        inputs: names(graph!.input),
        outputs: names(graph!.output),
        runs: 0,
        isClosed: false,
      };
      pieces.push(piece);
      const session = await runtime.open(bytes, ...rest);
      return {
        ...session,
        run(inputs) {
          piece.runs++;
          return session.run(inputs);
        },
        close() {
          piece.isClosed = true;
          return session.close();
        },
      };
    },
  };
  return { watching, pieces };
}

/** x → a → (b, c) → s, a body that reads a and an initializer, and two that are not read. */
function branching(): ModelProto {
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'wa'], ['a']),
      makeNode('Relu', ['a'], ['r']),
      makeNode('MatMul', ['r', 'wb'], ['b']),
      makeNode('MatMul', ['a', 'wc'], ['c']),
      ...bodyThatReads('a', 'chosen'),
      makeNode('Add', ['b', 'c'], ['s']),
      makeNode('Mul', ['s', 'chosen'], ['m']),
      makeNode('MatMul', ['m', 'wy'], ['y']),
      makeNode('MatMul', ['y', 'wc'], ['z']),
    ],
    inputs: [{ name: 'x', dims: ['N', 4] }],
    outputs: [
      { name: 'y', dims: ['N', 4] },
      { name: 'z', dims: ['N', 4] },
    ],
    constants: { wa: random([4, 4], 1), wb: random([4, 4], 2), wc: random([4, 4], 3), wy: random([4, 4], 4) },
  });
}

const batches: Batch[] = [batchOf({ x: random([3, 4], 7) }), batchOf({ x: random([1, 4], 8) })];
const nodeOf = (model: ModelProto, output: string) =>
  model.graph!.node.find((node) => node.output[0] === output)!;
const whole = (model: ModelProto) =>
  Promise.all(batches.map(({ inputs }) => valuesOf({ model } as LoadedModel, inputs, runtime)));

describe('a walk along a model', () => {
  it.each([[['a', 'b', 'c', 'y', 'z']], [['c', 'z']], [['z']]])(
    'gives at %j what a run of the whole model has there',
    async (stops) => {
      const model = branching();
      const walk = walkAlong(model, batches, runtime);
      const values = await whole(model);
      for (const stop of stops) {
        const node = nodeOf(model, stop);
        const tensors = await walk.reach(node, node.input[0]);
        expect(tensors.length).toBe(batches.length);
        tensors.forEach((tensor, i) => {
          const plain = node.input[0] === 'x' ? batches[i].inputs.x.data : values[i][node.input[0]];
          expect([...tensor.data], `${node.input[0]} of batch ${i}`).toEqual([...plain]);
        });
      }
    },
  );

  it('runs every node once over every batch, and hands over what the rest reads alone', async () => {
    const { watching, pieces } = watched();
    const model = branching();
    const walk = walkAlong(model, batches, watching);
    for (const stop of ['a', 'b', 'c', 'y', 'z']) {
      const node = nodeOf(model, stop);
      await walk.reach(node, node.input[0]);
    }
    const all = model.graph!.node.map(({ name }) => name);
    expect(pieces.flatMap(({ nodes }) => nodes)).toEqual(all.slice(0, all.indexOf('z/MatMul')));
    expect(pieces.map(({ runs }) => runs)).toEqual(pieces.map(() => batches.length));
    expect(pieces.every(({ isClosed }) => isClosed)).toBe(true);
    expect(pieces.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [['x'], ['a', 'r']],
      [['r'], ['b']],
      [['x', 'a', 'b'], ['m']],
      [['m'], ['y']],
    ]);
  });

  it('gives the same tensor at the same node twice, without a run', async () => {
    const { watching, pieces } = watched();
    const model = branching();
    const walk = walkAlong(model, batches, watching);
    const first = await walk.reach(nodeOf(model, 'b'), 'r');
    expect(await walk.reach(nodeOf(model, 'b'), 'r')).toBe(first);
    expect(pieces.length).toBe(1);
  });

  it('holds nothing that is not read any more', async () => {
    const model = branching();
    const walk = walkAlong(model, batches, runtime);
    await walk.reach(nodeOf(model, 'y'), 'm');
    for (const name of ['x', 'a', 'r', 'b', 'c', 's'])
      expect(await walk.reach(nodeOf(model, 'y'), name), name).toBeUndefined();
    expect(await walk.reach(nodeOf(model, 'y'), 'm')).toBeDefined();
  });

  it('uses other values of a constant for what follows, and for nothing before', async () => {
    const model = branching();
    const walk = walkAlong(model, batches, runtime);
    const before = await walk.reach(nodeOf(model, 'b'), 'r');
    const zeros = floats([4, 4], new Float32Array(16));
    walk.replace('wa', zeros);
    expect(await walk.reach(nodeOf(model, 'b'), 'r')).toBe(before);
    walk.replace('wc', zeros);
    const reached = await walk.reach(nodeOf(model, 'y'), 'm');
    const changed = branching();
    changed.graph!.initializer = makeModel({
      nodes: [],
      inputs: [],
      outputs: [],
      constants: { wa: random([4, 4], 1), wb: random([4, 4], 2), wc: zeros, wy: random([4, 4], 4) },
    }).graph!.initializer;
    const values = await whole(changed);
    reached.forEach((tensor, i) => {
      expect([...tensor.data]).toEqual([...values[i].m]);
    });
    // The model that was given stays as it was.
    expect(model).toEqual(branching());
  });
});
