import { beforeAll, describe, expect, it } from 'vitest';
import type { Shares } from '../../../src/attribution/attribution.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { hexagonNn } from '../../support/hexagon-nn.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { batchOf, schemeOf, unitsUnder } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const within = (end: number): Range => ({ alpha: -end, beta: end });

/** The local error of y = x · w. */
async function errorOf(scheme: Scheme, x: Tensor, w: Tensor, range: Range, y = within(4)) {
  const model = await load({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'], {})],
    inputs: [{ name: 'x', dims: x.dims }],
    outputs: [{ name: 'y', dims: [x.dims[0], w.dims[1]] }],
    constants: { w },
  });
  const { errors, units } = unitsUnder(model, scheme, { x: range, y });
  return (await errors([batchOf({ x })], load.runtime)).get(units[0].name)!;
}

function expectBlamed(step: keyof Shares, shares: Shares | undefined): void {
  expect(shares?.[step], JSON.stringify(shares)).toBeGreaterThan(0.9);
}

describe('the blame for a poisoned layer', () => {
  const x = random([16, 24], 3);
  const w = random([24, 8], 4);

  it.each(['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const)(
    'goes to rounding the activation where one outlier stretched its range, on %s',
    async (chip) => {
      const { shares, clipRate } = await errorOf(schemeOf(targets[chip]), x, w, within(20));
      expectBlamed('activationRound', shares);
      expect(clipRate).toBe(0);
    },
  );

  it.each(['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const)(
    'goes to clipping the activation where its range is pinned too small, on %s',
    async (chip) => {
      const { shares, clipRate } = await errorOf(schemeOf(targets[chip]), x, w, within(0.3));
      expectBlamed('activationClip', shares);
      expect(clipRate).toBeCloseTo(0.7, 1);
    },
  );

  it('goes to rounding the weights where a dead channel stretched the scale of the tensor', async () => {
    const poisoned = floats(w.dims, w.data as Float32Array);
    const dead = floats(x.dims, x.data as Float32Array);
    for (let o = 0; o < 8; o++) poisoned.data[5 * 8 + o] = 60;
    for (let row = 0; row < 16; row++) dead.data[row * 24 + 5] = 0;
    const perTensor = schemeOf(targets.tensorrt, { granularity: 'per-tensor' });
    expectBlamed('weightRound', (await errorOf(perTensor, dead, poisoned, within(1))).shares);
  });

  it('goes to clipping the weights where 4 bits leave an important one outside', async () => {
    const rare = floats([200, 2], noise(400, 6));
    const loud = floats([4, 200], noise(800, 7));
    for (const o of [0, 1]) rare.data[o] = 2.5;
    for (let row = 0; row < 4; row++) loud.data[row * 200] = 40;
    const { shares } = await errorOf(
      schemeOf(targets.tensorrt, { weightBits: 4, activationBits: 16 }),
      loud,
      rare,
      within(40),
    );
    expectBlamed('weightClip', shares);
  });

  it('goes to the arithmetic where an accumulator of 16 bits overflows', async () => {
    const { arithmetic } = targets.tensorrt;
    const narrow: Target = { ...targets.tensorrt, arithmetic: { ...arithmetic, accumulatorBits: () => 16 } };
    expectBlamed('output', (await errorOf(schemeOf(narrow), x, w, within(1))).shares);
  });

  it.each(['tensorrt', 'snpe'] as const)(
    'goes to the arithmetic where int32 itself overflows, on %s',
    async (chip) => {
      const [long, ones] = [140_000, (dims: number[]) => floats(dims, new Float32Array(140_000).fill(1))];
      const y = within(long);
      const range = { alpha: 0, beta: 1 };
      const weights = chip === 'snpe' ? 255 * 255 : 127 * 127;
      const { shares, nsr } = await errorOf(
        schemeOf(targets[chip]),
        ones([1, long]),
        ones([long, 1]),
        range,
        y,
      );
      expectBlamed('output', shares);
      expect(nsr).toBeCloseTo(
        ((2 ** 32 * Math.round((long * weights) / 2 ** 32)) / (long * weights)) ** 2,
        3,
      );
    },
  );

  it('goes to the arithmetic where the fixed-point factor of a huge output grid vanishes', async () => {
    const { shares, nsr } = await errorOf(schemeOf(hexagonNn), x, w, within(1), within(1e9));
    expectBlamed('output', shares);
    expect(nsr).toBeCloseTo(1, 2);
  });
});
