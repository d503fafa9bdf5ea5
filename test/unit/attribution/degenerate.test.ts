import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalError } from '../../../src/attribution/attribution.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { inGroups } from '../../../src/attribution/local/unit-batches.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { classifierParts, floats, noise, random } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const unit = { alpha: -1, beta: 1 };

/** Errors of y = x · w by unit. */
async function errorsOf(x: Tensor, w: Tensor, chip: Chip = 'tensorrt', scale = 1): Promise<LocalError[]> {
  const model = await load({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', x.dims[1]] }],
    outputs: [{ name: 'y', dims: ['N', w.dims[1]] }],
    constants: { w },
  });
  const range = { alpha: -scale, beta: scale };
  const { errors } = unitsUnder(model, schemeOf(targets[chip]), { x: range, y: range });
  return [...(await errors([batchOf({ x })], load.runtime)).values()];
}

describe('the local error', () => {
  const w = random([6, 4], 5);

  it('is zero, with nobody to blame, of a signal that is zero', async () => {
    const [error] = await errorsOf(floats([3, 6], new Float32Array(18)), w);
    expect(error).toEqual({ nsr: 0, shares: undefined, clipRate: 0 });
  });

  it('is zero, with nobody to blame, of values that are all on the grid', async () => {
    const ones = floats([2, 2], [1, -1, 0, 1]);
    const [error] = await errorsOf(ones, floats([2, 2], [1, 0, 0, -1]), 'tensorrt', 127);
    expect(error).toEqual({ nsr: 0, shares: undefined, clipRate: 0 });
  });

  it('is infinite where there is noise and no signal', async () => {
    const [error] = await errorsOf(floats([1, 2], [0.6, -2]), floats([2, 1], [1, 0.3]), 'tensorrt', 2.3);
    expect(error.nsr).toBe(Infinity);
    expect(error.shares).toBeDefined();
  });

  it('counts no clipping where a constant tensor ends its own range', async () => {
    for (const value of [6, 0.1, 1 / 3, 1e-3]) {
      const [error] = await errorsOf(floats([2, 6], new Float32Array(12).fill(value)), w, 'tensorrt', value);
      expect(error.clipRate, `${value}`).toBe(0);
    }
  });

  it('counts the share of the values that are clipped', async () => {
    const [error] = await errorsOf(floats([1, 6], [2, -3, 0.5, 0.2, 0, 1]), w);
    expect(error.clipRate).toBeCloseTo(2 / 6, 9);
  });

  it.each([-80, -40, 40, 80])(
    'is the same in units of 2^%i, whose squares float32 does not hold',
    async (exponent) => {
      const x = noise(60, 3);
      const [plain] = await errorsOf(floats([10, 6], x), w);
      const [scaled] = await errorsOf(
        floats(
          [10, 6],
          x.map((v) => v * 2 ** exponent),
        ),
        w,
        'tensorrt',
        2 ** exponent,
      );
      expect(scaled.nsr).toBeCloseTo(plain.nsr, 9);
      for (const [step, share] of Object.entries(plain.shares!))
        expect(scaled.shares![step as 'output'], step).toBeCloseTo(share, 4);
    },
  );

  it('leaves out the rows that only fill up a batch', async () => {
    const model = await load({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: [4, 6] }],
      outputs: [{ name: 'y', dims: [4, 4] }],
      constants: { w },
    });
    const { errors } = unitsUnder(model, schemeOf(targets.tensorrt), { x: { alpha: -0.8, beta: 0.8 } });
    const x = noise(24, 3);
    const changed = x.slice();
    changed.set(noise(6, 9), 18);
    const nsr = async (samples: number, values: Float32Array) => {
      const [error] = (
        await errors([batchOf({ x: floats([4, 6], values) }, samples)], load.runtime)
      ).values();
      return error.nsr;
    };
    const three = await nsr(3, x);
    expect(await nsr(3, changed)).toBeCloseTo(three, 8);
    expect(Math.abs((await nsr(4, changed)) / three - 1)).toBeGreaterThan(1e-3);
  });

  it.each([7, 11, 13, 21])('adds up over batches, in opset %i', async (opset) => {
    const model = await load({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 6] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { w },
      opset,
    });
    const { errors } = unitsUnder(model, schemeOf(targets.snpe), { x: unit, y: unit });
    const x = noise(24, 3);
    const [whole] = (await errors([batchOf({ x: floats([4, 6], x) })], load.runtime)).values();
    const rows = [0, 1, 2, 3].map((row) => batchOf({ x: floats([1, 6], x.slice(6 * row, 6 * row + 6)) }));
    const [parts] = (await errors(rows, load.runtime)).values();
    expect(parts.nsr).toBeCloseTo(whole.nsr, 8);
    expect(parts.clipRate).toBeCloseTo(whole.clipRate, 8);
    expect(parts.shares!.activationRound).toBeCloseTo(whole.shares!.activationRound, 5);
  });

  it('names the unit and the sample that FP32 makes NaN of', async () => {
    await expect(errorsOf(floats([1, 6], [1, 2, Number.NaN, 0, 0, 0]), w)).rejects.toThrow(
      /"y\/MatMul" reads or makes NaN or an infinity on probe sample 0/,
    );
  });
});

describe('units of unusual models', () => {
  it('are none where nothing is quantized', async () => {
    const model = await load({
      nodes: [makeNode('Relu', ['x'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 4] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
    });
    const { errors, cumulative } = unitsUnder(model, schemeOf(targets.tensorrt), {});
    const probes = [batchOf({ x: random([2, 4]) })];
    expect((await errors(probes, load.runtime)).size).toBe(0);
    expect((await cumulative(probes, load.runtime)).size).toBe(0);
  });

  it('share a weight, each with an error of its own', async () => {
    const model = await load({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('MatMul', ['h', 'w'], ['g']),
        makeNode('MatMul', ['h', 'w'], ['y']),
        makeNode('MatMul', ['y', 'g'], ['z']),
      ],
      inputs: [{ name: 'x', dims: [6, 6] }],
      outputs: [{ name: 'z', dims: [6, 6] }],
      constants: { w: random([6, 6], 2) },
    });
    const wide = { alpha: -9, beta: 9 };
    const ranges = { x: unit, h: wide, g: wide, y: wide, z: wide };
    const { errors, units } = unitsUnder(model, schemeOf(targets.tensorrt), ranges);
    const found = await errors([batchOf({ x: random([6, 6], 4) })], load.runtime);
    expect([...found.keys()]).toEqual(units.map((u) => u.name));
    expect(units.length).toBeGreaterThanOrEqual(3);
    for (const { shares } of found.values())
      expect(Object.values(shares!).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  });

  it('that cannot be computed again are measured at what they read', async () => {
    const model = await load({
      nodes: [
        makeNode('Relu', ['x'], ['h']),
        makeNode('ArgMax', ['h'], ['best'], { axis: 1 }),
        makeNode('Exp', ['h'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 4] }],
      outputs: [
        { name: 'y', dims: ['N', 4] },
        { name: 'best', dims: ['N', 1], type: 'int64' },
      ],
    });
    const ranges = { x: unit, h: { alpha: 0, beta: 0.9 }, y: { alpha: 0, beta: 3 } };
    const { errors } = unitsUnder(model, schemeOf(targets.snpe), ranges);
    const found = await errors([batchOf({ x: random([8, 4], 4) })], load.runtime);
    const { nsr, shares } = found.get('best/ArgMax')!;
    expect(nsr).toBeGreaterThan(0);
    expect(shares!.activationRound + shares!.activationClip).toBeCloseTo(1, 6);
    expect(found.get('output y')!.shares!.activationRound).toBeCloseTo(1, 6);
  });

  it('have an infinite error where a divisor is quantized to zero', async () => {
    const model = await load({
      nodes: [makeNode('Div', ['x', 'd'], ['y'])],
      inputs: [
        { name: 'x', dims: ['N', 2] },
        { name: 'd', dims: ['N', 2] },
      ],
      outputs: [{ name: 'y', dims: ['N', 2] }],
    });
    const { errors, cumulative } = unitsUnder(model, schemeOf(targets.snpe), { x: unit, d: unit, y: unit });
    const probes = [batchOf({ x: floats([1, 2], [0.5, 0.5]), d: floats([1, 2], [1e-4, 1]) })];
    const found = await errors(probes, load.runtime);
    expect(found.get('y/Div')).toMatchObject({ nsr: Infinity, shares: undefined });
    expect((await cumulative(probes, load.runtime)).get('y/Div')).toBeGreaterThan(0.9);
  });
});

describe('groups of units', () => {
  it('hold every unit once, in order, and give what one session gives', async () => {
    const model = await load(classifierParts());
    const ranges = Object.fromEntries(
      ['image', 'r1', 'r2', 'flat', 'scores', 'c1', 'c2'].map((t) => [t, { alpha: -3, beta: 5 }]),
    );
    const { quantized, units, errors } = unitsUnder(model, schemeOf(targets.snpe), ranges);
    const probes = [batchOf({ image: random([3, 1, 8, 8], 2) })];
    const groups = inGroups(quantized, new Map([...model.tensors.keys()].map((name) => [name, 2 ** 23])));
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.flat()).toEqual(units);
    const together = await errors(probes, load.runtime);
    for (const each of units) {
      const alone = await localErrors(quantized, [[each]], probes, { runtime: load.runtime });
      const [a, b] = [alone.get(each.name)!, together.get(each.name)!];
      expect(Math.abs(a.nsr / b.nsr - 1), `${each.name} ${a.nsr} ${b.nsr}`).toBeLessThan(1e-4);
    }
  });

  it('are of 32 units at most, as large graphs take long to open', async () => {
    const model = await load(classifierParts());
    const units = Array.from({ length: 300 }, (_, i) => ({
      name: `${i}`,
      op: 'Relu',
      node: undefined,
      reads: [{ input: 0, tensor: 'r1' }],
      layer: undefined,
    }));
    expect(inGroups({ model, units }, new Map()).map((group) => group.length)).toEqual([
      ...new Array(9).fill(32),
      12,
    ]);
  });
});
