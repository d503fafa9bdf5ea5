import { beforeAll, describe, expect, it } from 'vitest';
import { cumulativeNsr } from '../../../src/attribution/cumulative-error.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { collectHistograms } from '../../../src/calibration/histograms.ts';
import { withSightFloors } from '../../../src/calibration/sight-floors.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import { sightOf } from '../../../src/quantization/sight.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { batchOf } from '../attribution/setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const WORDS = 6;
const batch = batchOf(8, [WORDS, 8], 5);

/** Causal attention whose mask is added as a constant, computed with Mul, or put in by Where. */
function attention(kind: 'constant' | 'computed' | 'where', mask: number, opset = 17) {
  const causal = (inside: number, outside: number) =>
    Float32Array.from({ length: WORDS * WORDS }, (_, i) =>
      i % WORDS > Math.floor(i / WORDS) ? outside : inside,
    );
  const masks = {
    constant: [makeNode('Add', ['s', 'causal'], ['masked'])],
    computed: [
      makeNode('Mul', ['later', 'mask'], ['bias2']),
      makeNode(
        'Unsqueeze',
        opset < 13 ? ['bias2'] : ['bias2', 'first'],
        ['bias'],
        opset < 13 ? { axes: [0] } : {},
      ),
      makeNode('Add', ['bias', 's'], ['masked']),
    ],
    where: [makeNode('Where', ['is', 'mask', 's'], ['masked'])],
  };
  const allowed = causal(0, 1);
  return {
    nodes: [
      makeNode('MatMul', ['x', 'wq'], ['q']),
      makeNode('MatMul', ['x', 'wk'], ['k']),
      makeNode('Transpose', ['k'], ['kt'], { perm: [0, 2, 1] }),
      makeNode('MatMul', ['q', 'kt'], ['s']),
      ...(kind === 'computed' ? [makeNode('Relu', ['x2'], ['later'])] : []),
      ...masks[kind],
      makeNode('Softmax', ['masked'], ['p'], { axis: opset < 13 ? 2 : -1 }),
      makeNode('MatMul', ['p', 'x'], ['y']),
    ],
    inputs: [
      { name: 'x', dims: ['N', WORDS, 8] },
      ...(kind === 'computed' ? [{ name: 'x2', dims: [WORDS, WORDS] }] : []),
    ],
    outputs: [{ name: 'y', dims: ['N', WORDS, 8] }],
    constants: {
      wq: random([8, 8], 2),
      wk: random([8, 8], 3),
      causal: floats([WORDS, WORDS], causal(0, mask)),
      mask: floats([], [mask]),
      is: { type: 'bool' as const, dims: [WORDS, WORDS], data: Uint8Array.from(allowed) },
      first: { type: 'int64' as const, dims: [1], data: BigInt64Array.of(0n) },
    },
    opset,
    allowed,
  };
}

async function masked(kind: Parameters<typeof attention>[0], mask: number, chip: Chip, opset?: number) {
  const { allowed, ...given } = attention(kind, mask, opset);
  const model = await load(given);
  const inputs =
    kind === 'computed' ? { ...batch.inputs, x2: floats([WORDS, WORDS], allowed) } : batch.inputs;
  const probes = [{ ...batch, inputs }];
  const planned = planModel(model, { ...schemeOf(targets[chip]), range: 'mse' });
  const sight = sightOf(model);
  const beside = [...sight.addends.values()].flat().flatMap(({ sum, other }) => [sum, other]);
  const names = [...new Set([...planned.plan.activations.keys(), ...beside])].filter(
    (n) => !model.view.initializers.has(n),
  );
  const once = async function* () {
    yield* probes;
  };
  const histograms = withSightFloors(
    model,
    sight,
    await collectHistograms(model, { tensors: names, elements: new Map() }, once(), load.runtime),
  );
  const quantized = quantize(planned, histograms, new Map());
  const run = async (proto: typeof model.model) => {
    const session = await load.runtime.open(serializeModel(proto), { optimize: 'none' });
    const { y } = await session.run(inputs, ['y']);
    await session.close();
    return y.data as Float32Array;
  };
  const emulation = { name: 'e', optimize: 'float' as const, ...emulatedModel(quantized, 'integer') };
  const [fp32, int8] = [await run(model.model), await run(emulation.model)];
  const power = (values: Float32Array) => values.reduce((sum, v) => sum + v * v, 0);
  return { quantized, emulation, probes, nsr: power(int8.map((v, i) => v - fp32[i])) / power(fp32) };
}

describe('a mask', () => {
  const kinds = ['constant', 'computed', 'where'] as const;
  const depths = [-10_000, -65_504, -3.4028234663852886e38, -Infinity];
  const cases = kinds.flatMap((kind) =>
    depths.filter((d) => kind !== 'computed' || Number.isFinite(d)).map((d) => [kind, d] as const),
  );

  it.each(cases)(
    'that is %s, of %s, costs what one of −40 costs, on every kind of target',
    async (kind, depth) => {
      for (const chip of ['snpe', 'onnxruntime', 'tensorrt'] as const) {
        const [deep, shallow] = [await masked(kind, depth, chip), await masked(kind, -40, chip)];
        expect(deep.nsr, chip).toBeLessThan(1.5 * shallow.nsr + 1e-4);
        expect(deep.nsr, chip).toBeLessThan(1e-2);
      }
    },
  );

  it('has the range of a Softmax’s sight in opsets that sum over several dimensions as well', async () => {
    const { quantized, nsr } = await masked('computed', -10_000, 'snpe', 11);
    expect(quantized.parameters.activations.get('masked')!.alpha).toBeGreaterThan(-60);
    expect(quantized.parameters.activations.get('bias2')!.alpha).toBeGreaterThan(-60);
    expect(nsr).toBeLessThan(1e-2);
  });

  it.each(cases)('that is %s, of %s, leaves every unit an error that is a number', async (kind, depth) => {
    const { quantized, emulation, probes } = await masked(kind, depth, 'snpe');
    const groups = [quantized.units];
    const local = await localErrors(quantized, groups, probes, { runtime: load.runtime });
    const cumulative = await cumulativeNsr({ quantized, emulation }, groups, probes, load);
    for (const { name } of quantized.units) {
      expect(local.get(name)!.nsr, name).toBeLessThan(0.1);
      expect(cumulative.get(name)!, name).toBeLessThan(0.1);
    }
  });

  it('keeps its whole range where something else reads it', async () => {
    const { allowed: _, ...given } = attention('constant', -10_000);
    const nodes = [...given.nodes, makeNode('ReduceMean', ['masked'], ['z'], { keepdims: 0 })];
    const model = await load({ ...given, nodes, outputs: [...given.outputs, { name: 'z', dims: [] }] });
    expect(sightOf(model)).toEqual({ scores: new Map(), addends: new Map() });
  });
});
