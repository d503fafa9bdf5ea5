import { create } from '@bufbuild/protobuf';
import { expect } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { editableCopy, makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import type { Rewritten } from '../../../src/recovery/rewritten.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { floats } from '../../support/models.ts';

export type Feeds = Readonly<Record<string, Tensor>>;
type Values = Readonly<Record<string, Float32Array>>;

/** Every float32 tensor that the nodes of a model make. */
export async function valuesOf(model: LoadedModel, feeds: Feeds, runtime: Runtime): Promise<Values> {
  const { model: copy } = editableCopy(model.model);
  const made = copy.graph.node.flatMap(({ output }) => output).filter((name) => name !== '');
  copy.graph.output = made.map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await runtime.open(serializeModel(copy), { optimize: 'none' });
  const results = await session.run(feeds);
  await session.close();
  const real = Object.entries(results).filter(([, { type }]) => type === 'float32');
  return Object.fromEntries(real.map(([name, { data }]) => [name, data as Float32Array]));
}

/** Largest difference of two tensors, by the largest value of the first. */
export function distance(a: Float32Array, b: Float32Array): number {
  expect(b.length).toBe(a.length);
  const largest = (values: Float32Array) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return largest(a.map((v, i) => v - b[i])) / (largest(a) || 1);
}

/** How far the values of a rewritten model may be from the given one's: a few roundings of float32. */
const ROUNDING = 5e-6;

/**
 * Runs a model and what it was rewritten to: all tensors that are not said to be changed have the same values, the
 * outputs among them, every tensor of the given model is still there, and new ones are said to be changed.
 */
export async function expectSameFunction(
  given: LoadedModel,
  { model, changed }: Pick<Rewritten, 'model' | 'changed'>,
  feeds: Feeds,
  runtime: Runtime,
): Promise<{ readonly before: Values; readonly after: Values }> {
  const [before, after] = await Promise.all([given, model].map((each) => valuesOf(each, feeds, runtime)));
  for (const [name, values] of Object.entries(before)) {
    expect(Object.keys(after)).toContain(name);
    expect(values.some((v) => v !== 0) && values.every(Number.isFinite), `${name} has values`).toBe(true);
    if (!changed.has(name)) expect(distance(values, after[name]), name).toBeLessThanOrEqual(ROUNDING);
  }
  for (const name of Object.keys(after)) if (!(name in before)) expect([...changed]).toContain(name);
  for (const name of model.view.outputs) expect([...changed]).not.toContain(name);
  const made = new Set(model.view.graph.node.flatMap(({ output }) => output));
  for (const name of made) expect(model.tensors.get(name), name).toBeDefined();
  return { before, after };
}

/** The values of a constant of a model. */
export function constantOf({ view }: LoadedModel, name: string): Float32Array {
  return readTensor(view.initializers.get(name)!, name).data as Float32Array;
}

/** Whether two lists agree value by value. */
export function expectEqual(first: ArrayLike<number>, second: ArrayLike<number>, relative = 1e-6): void {
  expect(second.length).toBe(first.length);
  Array.from(first).forEach((value, i) => {
    expect(Math.abs(value / second[i] - 1), `value ${i}`).toBeLessThanOrEqual(relative);
  });
}

/** A node that gives out what its body reads from the graph around it, or its opposite, by a sum over the model's input. */
export function bodyThatReads(tensor: string, output: string): NodeProto[] {
  const body = (op: string, made: string) =>
    create(GraphProtoSchema, {
      name: made,
      node: [makeNode(op, [tensor], [made])],
      output: [create(ValueInfoProtoSchema, { name: made })],
    });
  const chosen = makeNode('If', [`${output}/positive`], [output]);
  chosen.attribute = Object.entries({
    then_branch: body('Abs', `${output}/then`),
    else_branch: body('Neg', `${output}/else`),
  }).map(([name, g]) => create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g }));
  return [
    makeNode('ReduceMax', ['x'], [`${output}/most`], { keepdims: 0 }),
    makeNode('Cast', [`${output}/most`], [`${output}/positive`], { to: 9 }),
    chosen,
  ];
}

/** What a model is made of, to see that it stays as it is. */
export function bytesOf({ model }: LoadedModel): Buffer {
  return Buffer.from(serializeModel(model));
}

/** Noise whose channels along `axis` differ by a thousand times. */
export function uneven(dims: readonly number[], axis: number, seed: number): Tensor {
  const inner = dims.slice(axis + 1).reduce((product, d) => product * d, 1);
  const count = dims.reduce((product, d) => product * d, 1);
  let state = seed * 7919 + 17;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const factors = Array.from({ length: dims[axis] }, () => 10 ** (3 * next() - 1.5));
  const data = Array.from(
    { length: count },
    (_, i) => (2 * next() - 1) * factors[Math.floor(i / inner) % dims[axis]],
  );
  return floats(dims, data);
}

/** max|w| of each channel of a weight, by hand: `channelOf` says to which channel the value at an index belongs. */
export function magnitudesBy(
  data: Float32Array,
  channels: number,
  channelOf: (index: number) => number,
): number[] {
  const largest = new Array<number>(channels).fill(0);
  data.forEach((w, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(w));
  });
  return largest;
}
