import { beforeAll, expect, it } from 'vitest';
import { allOutputs } from '../../../src/attribution/impact/measured-tensors.ts';
import { impactOf } from '../../../src/attribution/impact/output-noise.ts';
import { switchModel } from '../../../src/attribution/impact/switch-model.ts';
import { openSwitched } from '../../../src/attribution/impact/switched-session.ts';
import { unitSessions } from '../../../src/attribution/impact/unit-sessions.ts';
import { lazily } from '../../../src/attribution/lazily.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { countedRuntime } from '../../support/counted-runtime.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats } from '../../support/models.ts';
import { batchOf, quantized } from './setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const WIDTH = 8;
const BLOCKS = 24;
const probes = [batchOf(2, [WIDTH], 5), batchOf(2, [WIDTH], 6)];

/** Blocks of two products beside what they read, added up, and what every one of them reads besides where it is asked for. */
function network(isShared: boolean) {
  const weights = (seed: number) =>
    floats(
      [WIDTH, WIDTH],
      Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(seed + 1.7 * i) / WIDTH),
    );
  const nodes = [];
  const constants: Record<string, ReturnType<typeof floats>> = {};
  for (let i = 0; i < BLOCKS; i++) {
    const input = i === 0 ? 'x' : `y${i - 1}`;
    for (const part of ['a', 'b']) constants[`${part}w${i}`] = weights(i + (part === 'a' ? 0 : 0.5));
    nodes.push(
      makeNode('MatMul', [input, `aw${i}`], [`a${i}`]),
      makeNode('Relu', [`a${i}`], [`r${i}`]),
      makeNode('MatMul', [`r${i}`, `bw${i}`], [`b${i}`]),
      makeNode('Add', [`b${i}`, isShared ? 'x' : input], [i === BLOCKS - 1 ? 'y' : `y${i}`]),
    );
  }
  return {
    nodes,
    inputs: [{ name: 'x', dims: ['N', WIDTH] }],
    outputs: [{ name: 'y', dims: ['N', WIDTH] }],
    constants,
  };
}

const small = new Map<string, number>();
const large = new Map([['y', 2 ** 27]]);

it.each([
  ['of a residual network', false, small],
  ['of one whose input is read all along', true, small],
  ['of one whose tensors are large', false, large],
])('cost alone what they cost in the whole model: units %s', async (_, isShared, elements) => {
  const model = await load(network(isShared));
  const given = await quantized(model, load.runtime, batchOf(64, [WIDTH], 7), { granularity: 'per-tensor' });
  const outputs = allOutputs(model);
  const among = given.units.map(({ name }) => name);
  const whole = lazily(() => openSwitched(switchModel(given), probes, load.runtime));
  const sessions = unitSessions(given, { outputs, probes, among, whole, elements, atOnce: 1 }, load.runtime);
  expect(among.length).toBeGreaterThanOrEqual(2 * BLOCKS);
  for (const name of among) {
    const on = new Set([name]);
    const [alone, expected] = [
      await (await sessions.of(name).get()).measure(on),
      await (await whole.get()).measure(on),
    ].map(impactOf);
    expect(Math.abs(alone.nsr - expected.nsr), name).toBeLessThanOrEqual(1e-3 * expected.nsr + 1e-14);
  }
  expect(new Set(among.map((name) => sessions.of(name))).size).toBeGreaterThan(2);
  await sessions.close();
  await whole.close();
});

it('run all of a small model', async () => {
  const oneBlock = {
    ...network(false),
    nodes: network(false).nodes.slice(0, 4),
    outputs: [{ name: 'y0', dims: ['N', WIDTH] }],
  };
  const model = await load(oneBlock);
  const given = await quantized(model, load.runtime, batchOf(64, [WIDTH], 7));
  const outputs = allOutputs(model);
  const among = given.units.map(({ name }) => name);
  const whole = lazily(() => openSwitched(switchModel(given), probes, load.runtime));
  const sessions = unitSessions(
    given,
    { outputs, probes, among, whole, elements: small, atOnce: 1 },
    load.runtime,
  );
  for (const { name } of given.units) expect(sessions.of(name)).toBe(whole);
  await sessions.close();
  await whole.close();
});

it('are opened for those alone that are measured', async () => {
  const model = await load(network(false));
  const given = await quantized(model, load.runtime, batchOf(64, [WIDTH], 7));
  const outputs = allOutputs(model);
  const whole = lazily(() => openSwitched(switchModel(given), probes, load.runtime));
  const among = given.units.slice(-4).map(({ name }) => name);
  const sessions = unitSessions(
    given,
    { outputs, probes, among, whole, elements: small, atOnce: 1 },
    load.runtime,
  );
  for (const name of among) expect(sessions.of(name)).toBe(whole);
  await sessions.close();
  await whole.close();
});

it('are open one at a time where tensors are large, and again when they are asked for again', async () => {
  const model = await load(network(false));
  const given = await quantized(model, load.runtime, batchOf(64, [WIDTH], 7));
  const { counted, opened, count } = countedRuntime(load.runtime);
  const outputs = allOutputs(model);
  const among = given.units.map(({ name }) => name);
  const whole = lazily(() => openSwitched(switchModel(given), probes, counted));
  const sessions = unitSessions(
    given,
    { outputs, probes, among, whole, elements: large, atOnce: 1 },
    counted,
  );
  const [first, last] = [among[0], among.at(-1)!];
  for (const name of [first, first, last, first])
    await (await sessions.of(name).get()).measure(new Set([name]));
  // Each part, and what it is fed by where that is not the input of the model.
  expect(count).toEqual({ open: 1, most: 2 });
  expect(opened).toHaveLength(4);
  const second = sessions.of(last);
  // Whoever asks while it is opened gets the same one.
  expect(new Set(await Promise.all([second.get(), second.get(), second.get()])).size).toBe(1);
  expect(count.open).toBe(1);
  await sessions.close();
  expect(count.open).toBe(0);
});
