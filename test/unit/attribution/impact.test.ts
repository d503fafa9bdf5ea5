import { beforeAll, describe, expect, it } from 'vitest';
import { measureImpacts } from '../../../src/attribution/impact/impact.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { batchOf, LAYERS, quantized, stack, stackWeights, WIDTH } from './setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const calibration = batchOf(256, [WIDTH], 17);
const probes = [batchOf(8, [WIDTH], 99)];

async function impactsOf(
  weights = stackWeights,
  changes: Partial<Scheme> = {},
  pins: Readonly<Record<string, Range>> = {},
) {
  const model = await load(stack(weights));
  return measureImpacts(
    await quantized(model, load.runtime, calibration, changes, pins),
    probes,
    load.runtime,
  );
}

const ranks = (result: Awaited<ReturnType<typeof impactsOf>>) =>
  [...result.impacts].map(([name, { nsr }]) => `${name} ${nsr.toExponential(2)}`).join(', ');

/** Column 0 of the layer: one output channel. */
const withChannel = (data: Float32Array, value: number) => data.map((w, i) => (i % WIDTH === 0 ? value : w));

const narrow: Target = {
  ...targets.tensorrt,
  arithmetic: { ...targets.tensorrt.arithmetic, accumulatorBits: () => 16 },
};

describe('the one bad unit of a good network comes first', () => {
  it.each([1, 2, 3, 4, 5, 6])('a range that an outlier made: layer %i', async (layer) => {
    const tensor = layer === 1 ? 'x' : `r${layer - 1}`;
    const result = await impactsOf(stackWeights, {}, { [tensor]: { alpha: 0, beta: 200 } });
    expect([...result.impacts.keys()][0], ranks(result)).toBe(`layer${layer}`);
  });

  it.each([1, 2, 3, 4, 5, 6])('a pinned range that is too small: layer %i', async (layer) => {
    const tensor = layer === 1 ? 'x' : `r${layer - 1}`;
    const result = await impactsOf(stackWeights, {}, { [tensor]: { alpha: -0.2, beta: 0.2 } });
    expect([...result.impacts.keys()][0], ranks(result)).toBe(`layer${layer}`);
  });

  it.each([2, 3, 4, 5])('one scale for weights with a huge channel that is dead: layer %i', async (layer) => {
    // Inputs are not negative behind a Relu: the channel is negative always, and a Relu kills it.
    const result = await impactsOf(
      (l) => (l === layer ? withChannel(stackWeights(l), -60) : stackWeights(l)),
      {
        granularity: 'per-tensor',
      },
    );
    expect([...result.impacts.keys()][0], ranks(result)).toBe(`layer${layer}`);
    const perChannel = await impactsOf((l) =>
      l === layer ? withChannel(stackWeights(l), -60) : stackWeights(l),
    );
    expect(perChannel.fullNsr).toBeLessThan(result.fullNsr / 10);
  });

  it.each([2, 3, 4, 5])('an accumulator of 16 bits that overflows: layer %i', async (layer) => {
    // A column of the largest weight: products of one sign are where an accumulator grows.
    const weights = (l: number) =>
      l === layer ? withChannel(stackWeights(l), Math.sqrt(6 / WIDTH)) : stackWeights(l);
    const changes = { target: narrow, granularity: 'per-tensor', weightBits: 7 } as const;
    const pins = { x: { alpha: -2, beta: 2 } };
    const result = await impactsOf(weights, changes, pins);
    expect([...result.impacts.keys()][0], ranks(result)).toBe(`layer${layer}`);
    const wide = await impactsOf(weights, { ...changes, target: targets.tensorrt }, pins);
    expect(wide.impacts.get(`layer${layer}`)!.nsr).toBeLessThan(
      result.impacts.get(`layer${layer}`)!.nsr / 10,
    );
  });
});

describe('measured impacts', () => {
  it('add up where errors are small, and are the same on every run', async () => {
    const result = await impactsOf();
    expect(result.additivity).toBeGreaterThan(0.5);
    expect(result.additivity).toBeLessThan(2);
    expect(result).toMatchObject({ ranking: 'alone', destroyed: false, probeSamples: 8 });
    const nsrs = [...result.impacts.values()].map((i) => i.nsr);
    expect(nsrs).toEqual(nsrs.toSorted((a, b) => b - a));
    expect(await impactsOf()).toEqual(result);
  });

  it('report a destroyed model', async () => {
    const tiny = { alpha: -0.01, beta: 0.01 };
    const result = await impactsOf(stackWeights, {}, { r2: tiny });
    expect(result.destroyed, `NSR ${result.fullNsr}`).toBe(true);
  });

  it('do not depend on how the probes are cut into batches', async () => {
    const model = await load(stack());
    const setup = await quantized(model, load.runtime, calibration);
    const whole = batchOf(8, [WIDTH], 99);
    const single = whole.indices.map((index) => {
      const { data, ...rest } = whole.inputs.x;
      const x = { ...rest, dims: [1, WIDTH], data: data.slice(index * WIDTH, (index + 1) * WIDTH) };
      return { indices: [index], labels: [undefined], size: 1, inputs: { x } };
    });
    const run = (batches: typeof single | [typeof whole]) => measureImpacts(setup, batches, load.runtime);
    const [together, apart] = [await run([whole]), await run(single)];
    for (const [name, { nsr }] of together.impacts)
      expect(Math.abs(apart.impacts.get(name)!.nsr / nsr - 1), name).toBeLessThan(1e-3);
  });

  it('end between two runs when they are told to', async () => {
    const setup = await quantized(await load(stack()), load.runtime, calibration, { weightBits: 4 });
    const stop = new AbortController();
    let runs = 0;
    const counting: Runtime = {
      ...load.runtime,
      open: async (...given) => {
        const session = await load.runtime.open(...given);
        const run: typeof session.run = (...fed) => {
          if (++runs === 3) stop.abort(new Error('enough'));
          return session.run(...fed);
        };
        return { ...session, run };
      },
    };
    const measured = measureImpacts(setup, probes, counting, { signal: stop.signal });
    await expect(measured).rejects.toThrow('enough');
    expect(runs).toBe(3);
  });

  it('are of the chosen units alone where a shortlist is given', async () => {
    const model = await load(stack());
    const setup = await quantized(model, load.runtime, calibration);
    const among = new Set(['layer2', 'layer5']);
    const all = await measureImpacts(setup, probes, load.runtime);
    const some = await measureImpacts(setup, probes, load.runtime, { among });
    expect(new Set(some.impacts.keys())).toEqual(among);
    expect(some.fullNsr).toBe(all.fullNsr);
    expect(some.impacts.get('layer2')).toEqual(all.impacts.get('layer2'));
  });
});

describe('at the edges', () => {
  it('no units cost nothing', async () => {
    const model = await load(stack());
    const setup = await quantized(model, load.runtime, calibration);
    const result = await measureImpacts({ ...setup, units: [] }, probes, load.runtime);
    expect(result).toMatchObject({ fullNsr: 0, additivity: 1, ranking: 'alone', destroyed: false });
    expect(result.impacts.size).toBe(0);
  });

  it('one sample has all of the noise', async () => {
    const model = await load(stack());
    const setup = await quantized(model, load.runtime, calibration);
    const one = [batchOf(1, [WIDTH], 5)];
    const result = await measureImpacts(setup, one, load.runtime);
    for (const impact of result.impacts.values()) expect(impact.worstSample).toBe(1);
  });

  it('no probe samples are an error that says what to do', async () => {
    const model = await load(stack());
    const setup = await quantized(model, load.runtime, calibration);
    await expect(measureImpacts(setup, [], load.runtime)).rejects.toThrow('attribution needs probe samples');
  });

  it('a model without a signal has no noise either', async () => {
    const result = await impactsOf((layer) =>
      layer === 6 ? new Float32Array(WIDTH * WIDTH) : stackWeights(layer),
    );
    expect(result).toMatchObject({ fullNsr: 0, additivity: 1, destroyed: false });
    for (const { nsr, worstSample } of result.impacts.values())
      expect([nsr, worstSample]).toEqual([0, 1 / 8]);
  });

  it('samples that repeat to fill a batch are not counted', async () => {
    const model = await load(stack());
    const setup = await quantized(model, load.runtime, calibration);
    const filled = {
      ...batchOf(8, [WIDTH], 99),
      indices: [0, 1, 2],
      labels: [undefined, undefined, undefined],
    };
    const result = await measureImpacts(setup, [filled], load.runtime);
    expect(result.probeSamples).toBe(3);
    for (const { worstSample } of result.impacts.values()) expect(worstSample).toBeGreaterThanOrEqual(1 / 3);
  });
});

describe('a model that gives out class ids alone', () => {
  const withTail = (nodes: ReturnType<typeof makeNode>[], output: string) => ({
    ...stack(),
    nodes: [...stack().nodes, ...nodes],
    outputs: [{ name: output, dims: ['N'], type: 'int64' as const }],
  });

  async function impacts(given: Parameters<Loader>[0], chip: 'tensorrt' | 'onnxruntime' = 'tensorrt') {
    const model = await load(given);
    const target = targets[chip];
    const setup = await quantized(model, load.runtime, calibration, { target });
    return measureImpacts(setup, probes, load.runtime);
  }

  it.each(['tensorrt', 'onnxruntime'] as const)(
    'is measured at the scores before them, on %s',
    async (chip) => {
      const argMax = makeNode('ArgMax', [`r${LAYERS}`], ['id'], { axis: 1, keepdims: 0 });
      const ids = await impacts(withTail([argMax], 'id'), chip);
      const scores = await impacts(stack(), chip);
      for (let layer = 1; layer <= LAYERS; layer++) {
        const [a, b] = [ids, scores].map(({ impacts: each }) => each.get(`layer${layer}`)!);
        expect(a.nsr, `layer${layer}`).toBeGreaterThan(0);
        expect(a).toEqual(b);
      }
    },
  );

  it('is measured behind what several integer operators share', async () => {
    const tail = [
      makeNode('ArgMax', [`r${LAYERS}`], ['id'], { axis: 1, keepdims: 0 }),
      makeNode('Cast', ['id'], ['small'], { to: 6 }),
      makeNode('Cast', ['small'], ['id2'], { to: 7 }),
      makeNode('Add', ['id', 'id2'], ['twice']),
    ];
    const result = await impacts(withTail(tail, 'twice'));
    expect(result.fullNsr).toBeGreaterThan(0);
    expect(result.fullNsr).toBe((await impacts(stack())).fullNsr);
  });
});
