import { beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '../../../src/attribution/attribution.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { describeLayers } from '../../../src/pipeline/describe-layers.ts';
import type { TargetResult } from '../../../src/pipeline/judge.ts';
import type { LayerReport } from '../../../src/report/report-schema.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { type Judged, judged } from '../../support/staged.ts';

/** x → Gemm with an addend → Relu → MatMul → Sigmoid → y. One channel of the first weight is dead. */
function model() {
  const w = noise(64, 1).map((value, i) => (i % 8 === 3 ? 0 : (value * ((i % 8) + 1)) / 8));
  return makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'u'], ['added']),
      makeNode('Gemm', ['x', 'w', 'added'], ['h']),
      makeNode('Relu', ['h'], ['r']),
      makeNode('MatMul', ['r', 'v'], ['s']),
      makeNode('Sigmoid', ['s'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: { u: random([8, 8], 4), w: floats([8, 8], w), v: random([8, 4], 2) },
  });
}

let stage: Judged;
let layers: LayerReport[];
beforeAll(async () => {
  stage = await judged({}, model());
  layers = describeLayers(stage.result, [], null);
});

const layerOf = (name: string, among = layers) => among.find((each) => each.name === name)!;
const kinds = (name: string, among = layers) =>
  layerOf(name, among).tensors.map((tensor) => [tensor.name, tensor.kind]);

/** The result with the weight of a layer renamed, or something else of its target changed. */
const withQuantized = (change: (q: TargetResult['candidate']['quantized']) => object): TargetResult => {
  const { candidate } = stage.result;
  const quantized = { ...candidate.quantized, ...change(candidate.quantized) };
  return { ...stage.result, candidate: { ...candidate, quantized } };
};

describe('the layers of a target', () => {
  it('come in the order of the graph, outputs of the model last', () => {
    expect(layers.map(({ name, op }) => [name, op])).toEqual([
      ['added/MatMul', 'MatMul'],
      ['h/Gemm', 'Gemm'],
      ['s/MatMul', 'MatMul'],
      ['y/Sigmoid', 'Sigmoid'],
      ['output y', 'Output'],
    ]);
  });

  it('hold what they read, their weight and what they make', () => {
    expect(kinds('added/MatMul')).toEqual([
      ['x', 'input-activation'],
      ['u', 'weight'],
      ['added', 'output-activation'],
    ]);
    expect(kinds('s/MatMul')).toEqual([
      ['r', 'input-activation'],
      ['v', 'weight'],
      ['s', 'output-activation'],
    ]);
  });

  it('hold the addend of a Gemm, and no tensor twice', () => {
    // A Relu behind it takes its grid: h itself has none.
    expect(kinds('h/Gemm')).toEqual([
      ['x', 'input-activation'],
      ['added', 'input-activation'],
      ['w', 'weight'],
    ]);
  });

  it('are also operators without a weight, and outputs, by what they read', () => {
    expect(kinds('y/Sigmoid')).toEqual([['s', 'input-activation']]);
    expect(kinds('output y')).toEqual([['y', 'output-activation']]);
  });

  it('name a weight as the user named it', () => {
    const renamed = withQuantized((q) => ({
      model: { ...q.model, weightNames: new Map([['w', 'fc.weight']]) },
    }));
    expect(kinds('h/Gemm', describeLayers(renamed, [], null))).toContainEqual(['fc.weight', 'weight']);
  });
});

describe('the tensors of a layer', () => {
  const tensor = (layer: string, name: string, among = layers) =>
    layerOf(layer, among).tensors.find((each) => each.name === name)!;

  it('have range, step and zero point as they are used, and how they use their bits', () => {
    const params = stage.candidate.quantized.parameters.activations.get('x')!;
    const use = stage.result.bits.activations.get('x')!;
    const { effectiveBits, bitsLost, clipShare, span } = use;
    const { alpha, beta, scale, zeroPoint } = params;
    expect(tensor('h/Gemm', 'x')).toEqual({
      name: 'x',
      kind: 'input-activation',
      ...{ alpha, beta, scale, zeroPoint },
      ...{ effectiveBits, bitsLost, clipShare, span },
    });
    const { alpha: low, beta: high } = stage.candidate.quantized.parameters.weights.get('h/Gemm')!.params[0];
    const { channelPrecision, ...weight } = stage.result.bits.weights.get('h/Gemm')!;
    expect(channelPrecision).toBeDefined();
    expect(tensor('h/Gemm', 'w')).toMatchObject({
      ...{ alpha: low, beta: high, channelPrecision },
      effectiveBits: weight.effectiveBits,
    });
  });

  it('say nothing of the bits of what has no signal', () => {
    const bits = { activations: new Map(), weights: new Map() };
    const silent = describeLayers({ ...stage.result, bits }, [], null);
    expect(Object.keys(tensor('h/Gemm', 'x', silent))).toEqual([
      ...['name', 'kind', 'alpha', 'beta', 'scale', 'zeroPoint'],
    ]);
    expect(tensor('h/Gemm', 'w', silent)).not.toHaveProperty('channelPrecision');
  });

  it('have the steps of all channels that live', async () => {
    const perChannel = await judged({ targets: ['tensorrt'] }, model());
    const described = describeLayers(perChannel.result, [], null);
    const { params } = perChannel.candidate.quantized.parameters.weights.get('h/Gemm')!;
    expect(params).toHaveLength(8);
    // The dead one has a step of 1 in name only.
    expect(params[3].scale).toBe(1);
    const live = params.filter((_, channel) => channel !== 3);
    const scales = live.map(({ scale }) => scale);
    expect(tensor('h/Gemm', 'w', described)).toMatchObject({
      alpha: Math.min(...live.map(({ alpha }) => alpha)),
      beta: Math.max(...live.map(({ beta }) => beta)),
      scale: { channels: 8, min: Math.min(...scales), max: Math.max(...scales) },
      zeroPoint: 0,
    });
    expect(tensor('h/Gemm', 'w', described)).not.toHaveProperty('channelPrecision');
  });

  it('have the steps of dead channels where none lives', async () => {
    const parts = { u: random([8, 8], 4), w: floats([8, 8], new Float32Array(64)), v: random([8, 4], 2) };
    const zero = makeModel({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Add', ['h', 'x'], ['s']),
        makeNode('MatMul', ['s', 'v'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { w: parts.w, v: parts.v },
    });
    const dead = await judged({ targets: ['tensorrt'] }, zero);
    const described = describeLayers(dead.result, [], null);
    const [first] = described.filter((layer) => layer.tensors.some(({ name }) => name === 'w'));
    expect(first.tensors.find(({ name }) => name === 'w')).toMatchObject({
      alpha: -127,
      beta: 127,
      scale: { channels: 8, min: 1, max: 1 },
    });
  });

  it('have bits of their own where they are not those of the target', async () => {
    const mixed = await judged(
      { targets: [{ chip: 'snpe', layers: { 'h/Gemm': { 'activation-bits': 16, 'weight-bits': 4 } } }] },
      model(),
    );
    const described = describeLayers(mixed.result, [], null);
    // They share x.
    expect(described.map(({ name, bits }) => [name, bits])).toEqual([
      ['added/MatMul', { activations: 16 }],
      ['h/Gemm', { activations: 16, weights: 4 }],
      ['s/MatMul', undefined],
      ['y/Sigmoid', undefined],
      ['output y', undefined],
    ]);
    expect(layers.filter((layer) => 'bits' in layer)).toEqual([]);
    const accumulators = ['added/MatMul', 's/MatMul'].map(
      (name) => layerOf(name, described).accumulator!.bits,
    );
    expect(accumulators).toEqual([64, 32]);
  });

  it('have the range that is suggested instead', () => {
    const change = { tensor: 'r', alpha: 0, beta: 3, predictedGainDb: 6, predictedGainBits: 1 };
    const suggestion = { changes: [change], measured: { quantized: 1, drop: 0 } };
    const described = describeLayers(stage.result, [], suggestion);
    expect(tensor('s/MatMul', 'r', described).suggested).toEqual({ alpha: 0, beta: 3, predictedGainDb: 6 });
    expect(tensor('s/MatMul', 's', described)).not.toHaveProperty('suggested');
  });
});

describe('what is found out about layers', () => {
  it('is there for units that attribution observed', () => {
    const { units } = stage.attributed as Attribution;
    const [first] = units.filter(({ name }) => name === 'h/Gemm');
    const described = describeLayers(stage.result, [first], null);
    expect(layerOf('h/Gemm', described)).toMatchObject({ rank: first.rank, impact: first.impact.nsr });
    expect(layerOf('s/MatMul', described)).not.toHaveProperty('rank');
    expect(layerOf('s/MatMul', described)).not.toHaveProperty('clipRate');
  });

  it('is how near the sums of integers come to the width of their accumulator', () => {
    const overflows = new Map([['s/MatMul', 3]]);
    const described = describeLayers({ ...stage.result, overflows }, [], null);
    const { accumulator } = layerOf('s/MatMul', described);
    expect(accumulator).toMatchObject({ bits: 32, overflows: 3 });
    expect(accumulator!.headroomBits).toBeGreaterThan(8);
    expect(accumulator!.headroomBits).toBeLessThan(16);
    expect(layerOf('added/MatMul', described).accumulator).toMatchObject({ overflows: 0 });
    expect(layerOf('y/Sigmoid', described)).not.toHaveProperty('accumulator');
  });
});
