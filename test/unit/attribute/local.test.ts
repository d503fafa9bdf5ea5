import { beforeAll, describe, expect, it } from 'vitest';
import type { Shares } from '../../../src/attribute/attribution.ts';
import { localErrors } from '../../../src/attribute/local.ts';
import { unitsOf } from '../../../src/attribute/units.ts';
import { chooseParameters, type Parameters, type Scheme } from '../../../src/emulate/parameters.ts';
import { planFor } from '../../../src/emulate/plan.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import { round } from '../../../src/numerics/rounding.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { LoadedModel } from '../../../src/runtime/simplify.ts';
import { targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { type Loader, loader } from '../../support/loaded.ts';
import { floats, noise, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const schemeOf = (
  target: Target,
  weightBits = 8,
  granularity: Scheme['granularity'] = 'per-channel',
): Scheme => ({
  target,
  granularity,
  weightBits,
  activationBits: 8,
  range: 'min-max',
});

/** Local errors of a model with input x and output y on one batch of probes. */
async function localOf(
  model: LoadedModel,
  scheme: Scheme,
  x: Tensor,
  y: readonly number[],
  pins: Record<string, Range> = {},
) {
  const plan = planFor(model, scheme.target);
  const tensors = { x: x.data as Float32Array, y: Float32Array.from(y) };
  const names = [...plan.activations.keys()];
  const histograms = histogramsOf(
    Object.fromEntries(names.map((name) => [name, tensors[name as 'x'] ?? tensors.x])),
  );
  const parameters = chooseParameters(model, plan, scheme, histograms, pins);
  const units = unitsOf(model, plan, scheme.target.placement.kind);
  const batch = { indices: [...new Array(x.dims[0]).keys()], labels: [], size: x.dims[0], inputs: { x } };
  const errors = await localErrors(model, plan, parameters, units, [batch], load.runtime);
  return { errors, parameters, units };
}

const sumOf = (shares: Shares) => Object.values(shares).reduce((a, b) => a + b, 0);

/** A product of rows, in float64: out[r][o] = Σ a[r][k] · w[k][o]. */
function product(a: readonly number[], w: readonly number[], k: number, o: number): number[] {
  return Array.from({ length: (a.length / k) * o }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += a[Math.floor(i / o) * k + j] * w[j * o + (i % o)];
    return sum;
  });
}

/** Clipped and quantized values by the definition, in float64. */
function onGrid(
  values: readonly number[],
  p: { scale: number; zeroPoint: number; alpha: number; beta: number },
  grid: { qmin: number; qmax: number },
  rounding: Target['rounding'],
) {
  const clipped = values.map((v) => Math.min(Math.max(v, p.alpha), p.beta));
  const rounded = values.map((v) => {
    const q = round(Math.fround(v / p.scale), rounding) + p.zeroPoint;
    return (Math.min(Math.max(q, grid.qmin), grid.qmax) - p.zeroPoint) * p.scale;
  });
  return { clipped, rounded };
}

/** Shares of y = x · w + b by their definition. */
function referenceShares(
  x: readonly number[],
  w: readonly number[],
  k: number,
  o: number,
  parameters: Parameters,
  layer: string,
  biasError: readonly number[],
) {
  const { rounding } = parameters.scheme.target;
  const { params, grid } = parameters.weights.get(layer)!;
  const a = onGrid(x, parameters.activations.get('x')!, parameters.activationGrid, rounding);
  const parts = w.map((v, i) => onGrid([v], params[i % o] ?? params[0], grid, rounding));
  const [wClip, wHat] = [parts.map((p) => p.clipped[0]), parts.map((p) => p.rounded[0])];
  const walk = [
    product(x, w, k, o),
    product(a.clipped, w, k, o),
    product(a.rounded, w, k, o),
    product(a.rounded, wClip, k, o),
    product(a.rounded, wHat, k, o),
    product(a.rounded, wHat, k, o).map((v, i) => v + biasError[i % o]),
  ];
  const difference = (to: number, from: number) => walk[to].map((v, i) => v - walk[from][i]);
  const error = difference(5, 0);
  const dot = (p: readonly number[], q: readonly number[]) => p.reduce((sum, v, i) => sum + v * q[i], 0);
  const share = (step: number) => dot(difference(step, step - 1), error) / dot(error, error);
  return {
    activationClip: share(1),
    activationRound: share(2),
    weightClip: share(3),
    weightRound: share(4),
    output: share(5),
  };
}

const [ROWS, IN, OUT] = [48, 12, 5];

describe.each(['tensorrt', 'snpe', 'cambricon', 'onnxruntime'] as const)(
  'the split of a layer on %s',
  (chip) => {
    it.each([8, 4])('is that of its definition with weights of %i bits', async (weightBits) => {
      const model = await load({
        nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['y'])],
        inputs: [{ name: 'x', dims: ['N', IN] }],
        outputs: [{ name: 'y', dims: ['N', OUT] }],
        constants: { w: random([IN, OUT], 9), b: random([OUT], 5) },
      });
      const x = noise(ROWS * IN, 7);
      const pins = { x: { alpha: -0.7, beta: 0.8 } };
      const { errors, parameters, units } = await localOf(
        model,
        schemeOf(targets[chip], weightBits),
        floats([ROWS, IN], x),
        [-6, 6],
        pins,
      );
      const [{ name }] = units;
      const { shares, nsr, clipRate } = errors.get(name)!;
      const weights = parameters.weights.get(name)!;
      const scales = weights.params.map((p) => p.scale * parameters.activations.get('x')!.scale);
      const biasError = [...noise(OUT, 5)].map((b, i) => {
        const scale = scales[i] ?? scales[0];
        return targets[chip].bias === 'int32' ? round(b / scale, 'half-to-even') * scale - b : 0;
      });
      const expected = referenceShares([...x], [...noise(IN * OUT, 9)], IN, OUT, parameters, name, biasError);
      expect(Math.abs(sumOf(shares!) - 1)).toBeLessThanOrEqual(1e-6);
      for (const [step, share] of Object.entries(expected))
        expect(
          Math.abs(shares![step as keyof Shares] - share),
          `${step}: ${shares![step as keyof Shares]}, ${share} by definition`,
        ).toBeLessThanOrEqual(0.01);
      expect(nsr).toBeGreaterThan(0);
      const { alpha, beta } = parameters.activations.get('x')!;
      expect(clipRate).toBeCloseTo(x.filter((v) => v < alpha || v > beta).length / x.length, 5);
    });
  },
);

describe('the cause of a bad layer', () => {
  const convolution = (w = random([4, 1, 3, 3], 9)) =>
    load({
      nodes: [makeNode('Conv', ['x', 'w'], ['y'], { group: 4, pads: [1, 1, 1, 1] })],
      inputs: [{ name: 'x', dims: ['N', 4, 6, 6] }],
      outputs: [{ name: 'y', dims: ['N', 4, 6, 6] }],
      constants: { w },
    });
  const x = floats([2, 4, 6, 6], noise(2 * 4 * 36, 3));

  it('is activation rounding where the range is far too wide', async () => {
    const { errors } = await localOf(await convolution(), schemeOf(targets.tensorrt), x, [1], {
      x: { alpha: -100, beta: 100 },
    });
    const [{ shares }] = errors.values();
    expect(shares!.activationRound).toBeGreaterThan(0.9);
  });

  it('is activation clipping where it is far too narrow', async () => {
    const { errors } = await localOf(await convolution(), schemeOf(targets.tensorrt), x, [1], {
      x: { alpha: -0.2, beta: 0.2 },
    });
    const [{ shares, clipRate }] = errors.values();
    expect(shares!.activationClip).toBeGreaterThan(0.9);
    expect(clipRate).toBeGreaterThan(0.5);
  });

  it('is weight rounding where one channel takes the range of all', async () => {
    const w = random([4, 1, 3, 3], 9);
    (w.data as Float32Array)[0] = 100;
    const { errors } = await localOf(
      await convolution(w),
      { ...schemeOf(targets.snpe, 8, 'per-tensor'), activationBits: 16 },
      x,
      [-8, 8],
    );
    const [{ shares }] = errors.values();
    expect(shares!.weightRound).toBeGreaterThan(0.9);
  });

  it('is the arithmetic where the accumulator overflows', async () => {
    const narrow: Target = {
      ...targets.tensorrt,
      arithmetic: { ...targets.tensorrt.arithmetic, accumulatorBits: () => 15 },
    };
    const { errors } = await localOf(await convolution(), schemeOf(narrow), x, [1]);
    const [{ shares }] = errors.values();
    expect(shares!.output).toBeGreaterThan(0.9);
  });
});

describe('units of other kinds', () => {
  it('are split between clipping and rounding of what they read: products and sums of activations, outputs', async () => {
    const model = await load({
      nodes: [
        makeNode('Gemm', ['x', 'x', 'x'], ['p']),
        makeNode('Mul', ['p', 'x'], ['s']),
        makeNode('Sigmoid', ['s'], ['y']),
      ],
      inputs: [{ name: 'x', dims: [6, 6] }],
      outputs: [{ name: 'y', dims: [6, 6] }],
    });
    const { errors, units } = await localOf(
      model,
      schemeOf(targets.snpe),
      floats([6, 6], noise(36, 4)),
      [0, 1],
    );
    expect(units.map((u) => u.op)).toEqual(['Gemm', 'Mul', 'Sigmoid', 'Output']);
    for (const [name, { shares }] of errors) {
      expect(Math.abs(sumOf(shares!) - 1), name).toBeLessThanOrEqual(1e-6);
      expect(shares!.weightRound + shares!.weightClip, name).toBe(0);
    }
  });

  it('have no shares where there is no error', async () => {
    const model = await load({
      nodes: [makeNode('Gemm', ['x', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 2] }],
      outputs: [{ name: 'y', dims: ['N', 1] }],
      constants: { w: floats([2, 1], [127, -127]) },
    });
    const pins = { x: { alpha: -127, beta: 127 } };
    const exact = await localOf(model, schemeOf(targets.tensorrt), floats([1, 2], [3, 5]), [1], pins);
    expect([...exact.errors.values()]).toEqual([{ nsr: 0, shares: undefined, clipRate: 0 }]);
  });
});
