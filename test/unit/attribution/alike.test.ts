import { beforeAll, describe, expect, it } from 'vitest';
import { operationsKey } from '../../../src/attribution/alike.ts';
import { measureImpacts } from '../../../src/attribution/impact/impact.ts';
import { findLikelyLeaders } from '../../../src/attribution/impact/likely-leaders.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { sharedMeasurements } from '../../../src/attribution/measurements.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { makeTensor } from '../../../src/onnx/tensors.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats } from '../../support/models.ts';
import { batchOf, quantized, stack, WIDTH } from './setup.ts';

describe('the key of a computation', () => {
  const made = (op: string, weight: number, [inner, outer] = ['h', 'y'], input = 'x') => ({
    nodes: [makeNode('MatMul', [input, 'w'], [inner]), makeNode(op, [inner], [outer])],
    constants: [makeTensor('w', floats([1, 1], [weight]))],
    results: [outer],
  });
  const key = (...given: Parameters<typeof made>) => operationsKey(made(...given));

  it('does not depend on the names of what is made', () => {
    expect(key('Relu', 1, ['a', 'b'])).toBe(key('Relu', 1));
    // Named as what it reads, but for where it stands.
    expect(key('Relu', 1, ['h', 'y'], 'h2')).not.toBe(key('Relu', 1, ['h2', 'y'], 'x'));
  });

  it('depends on operators, constants, what is read and what it is for', () => {
    const others = [key('Abs', 1), key('Relu', 2), key('Relu', 1, ['h', 'y'], 'z')];
    const inner = operationsKey({ ...made('Relu', 1), results: ['h'] });
    expect(new Set([key('Relu', 1), inner, ...others]).size).toBe(5);
  });

  it('depends on attributes', () => {
    const of = (axis: number) =>
      operationsKey({ nodes: [makeNode('Softmax', ['x'], ['y'], { axis })], constants: [], results: ['y'] });
    expect(of(0)).not.toBe(of(1));
    expect(of(1)).toBe(of(1));
  });
});

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const probes = [1, 2, 3, 4].map((seed) => batchOf(2, [WIDTH], seed));
const calibration = batchOf(64, [WIDTH], 17);

/** A runtime that counts the sessions that it opens and their runs. */
function counting() {
  const counts = { opened: 0, runs: 0 };
  const open: Runtime['open'] = async (...given) => {
    const session = await load.runtime.open(...given);
    counts.opened++;
    const run: typeof session.run = (...fed) => {
      counts.runs++;
      return session.run(...fed);
    };
    return { ...session, run };
  };
  return { counts, runtime: { ...load.runtime, open } };
}

/** The same model for a target, and for one with another precision of one layer, if any. */
async function twoTargets(layers: Parameters<typeof quantized>[5] = new Map()) {
  const model = await load(stack());
  const first = await quantized(model, load.runtime, calibration);
  return { first, second: await quantized(model, load.runtime, calibration, {}, {}, layers) };
}

describe('what two targets quantize alike', () => {
  it('is measured once', async () => {
    const { first, second } = await twoTargets();
    const shared = sharedMeasurements();
    const before = await measureImpacts(first, probes, load.runtime, { shared });
    const errors = await localErrors(first, [first.units], probes, { ...load, shared });
    const { counts, runtime } = counting();
    expect(await measureImpacts(second, probes, runtime, { shared })).toEqual(before);
    expect(await localErrors(second, [second.units], probes, { runtime, shared })).toEqual(errors);
    expect(counts).toEqual({ opened: 0, runs: 0 });
  });

  it('is not measured again beside what differs, and costs what it costs by itself', async () => {
    const { first, second } = await twoTargets(new Map([['layer5', { activationBits: 4 }]]));
    const shared = sharedMeasurements();
    await measureImpacts(first, probes, load.runtime, { shared });
    await localErrors(first, [first.units], probes, { ...load, shared });
    const alone = await measureImpacts(second, probes, load.runtime);
    const { counts, runtime } = counting();
    const impacts = await measureImpacts(second, probes, runtime, { shared });
    // FP32, all units, and the one that differs, on four batches each.
    expect(counts).toEqual({ opened: 1, runs: 12 });
    expect([...impacts.impacts.keys()]).toEqual([...alone.impacts.keys()]);
    for (const [name, { nsr }] of impacts.impacts)
      expect(nsr, name).toBeCloseTo(alone.impacts.get(name)!.nsr, 9);
    const errors = await localErrors(second, [second.units], probes, { runtime, shared });
    const own = await localErrors(second, [second.units], probes, load);
    expect(counts).toEqual({ opened: 2, runs: 16 });
    for (const [name, { nsr }] of own) expect(errors.get(name)!.nsr / nsr, name).toBeCloseTo(1, 4);
  });

  it('serves an estimate as well, on the samples that both have', async () => {
    const { first, second } = await twoTargets();
    const shared = sharedMeasurements();
    const { impacts } = await measureImpacts(first, probes, load.runtime, { shared });
    const { counts, runtime } = counting();
    const among = new Set(impacts.keys());
    const { leaders } = await findLikelyLeaders(second, probes.slice(0, 1), runtime, { among, shared });
    expect(leaders).toHaveLength(3);
    // FP32 and all units: on these samples alone, the whole was not measured yet.
    expect(counts).toEqual({ opened: 1, runs: 2 });
  });

  it('is another thing in another model', async () => {
    const shared = sharedMeasurements();
    const [one, other] = [await twoTargets(), await twoTargets()];
    await measureImpacts(one.first, probes, load.runtime, { shared });
    const { counts, runtime } = counting();
    await measureImpacts(other.first, probes, runtime, { shared });
    expect(counts.opened).toBe(1);
  });
});
