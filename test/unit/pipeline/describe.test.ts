import { beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '../../../src/attribution/attribution.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { describeModel, type TargetFinding } from '../../../src/pipeline/describe.ts';
import type { Evidence } from '../../../src/pipeline/evidence.ts';
import { parseReport } from '../../../src/report/parse.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { makeModel, random } from '../../support/models.ts';
import { sampleReport } from '../../support/sample-reports.ts';
import { type Judged, judged } from '../../support/staged.ts';

let stage: Judged;
beforeAll(async () => {
  stage = await judged({ targets: ['onnxruntime'] });
});

const advised = { suggestion: null, remedies: [], rangeMethods: [] };
const findingOf = ({ result, attributed }: Judged): TargetFinding => ({
  ...{ result, attributed, advised, recovered: undefined, recoveredFiles: [] },
  files: ['chips/m/onnxruntime/README.md'],
});
const described = (
  changes: Partial<TargetFinding> = {},
  evidence: Partial<Evidence> = {},
  given: Judged = stage,
) => describeModel(given.prepared, { ...given.evidence, ...evidence }, [{ ...findingOf(given), ...changes }]);
const target = (...given: Parameters<typeof described>) => described(...given).targets[0] as JudgedTarget;

describe('the entry of a model', () => {
  it('is what the report accepts, as it is', () => {
    const entry = described();
    expect(parseReport(sampleReport([], { models: [entry] })).models[0]).toEqual(entry);
  });

  it('says what was calibrated and evaluated', () => {
    const { model } = stage.prepared;
    expect(described()).toMatchObject({
      name: 'm',
      modelSha256: model.sha256,
      dataSha256: stage.evidence.dataSha256,
      opset: 13,
      calibrationSamples: 40,
      baseline: { state: 'no-baseline-yet' },
    });
  });

  it('says of how many samples an evaluation stopped, and what its interval is', () => {
    expect(target().metric.stopped).toBeUndefined();
    const stopped = { at: 32, of: 400, interval: 'asymptotic' } as const;
    const given = { ...stage, result: { ...stage.result, stopped } };
    const { metric } = target({}, {}, given);
    expect(metric.stopped).toEqual({ of: 400, interval: 'asymptotic' });
  });

  it('says what it was compared with', () => {
    const { fp32 } = stage.evidence;
    const sha256 = 'ef'.repeat(32);
    const baseline = { ...fp32, commit: 'c0'.repeat(20), value: 0.75 };
    expect(described({}, { lookup: { state: 'compared', baseline, sha256 } }).baseline).toEqual({
      state: 'compared',
      metric: 'agreement',
      value: 0.75,
      sha: 'c0'.repeat(20),
      sha256,
      date: '1970-01-01T00:00:00.000Z',
    });
    const lookup = { state: 'baseline-unavailable', reason: 'it has expired' } as const;
    expect(described({}, { lookup }).baseline).toEqual(lookup);
  });

  it('has its targets in their order', () => {
    const { candidate } = stage.result;
    const config = { ...candidate.config, id: 'other' };
    const other = { ...findingOf(stage), result: { ...stage.result, candidate: { ...candidate, config } } };
    const entry = describeModel(stage.prepared, stage.evidence, [other, findingOf(stage)]);
    expect(entry.targets.map(({ target: id }) => id)).toEqual(['other', 'onnxruntime']);
  });
});

describe('the entry of a target', () => {
  it('has its scheme, its verdict and its metric', () => {
    const { judgement } = stage.result;
    const { verdict, reasons, interval, flips, samples, samplesToDecide, pValue } = judgement;
    const { fp32, quantized, drop, budget, confidence } = judgement;
    expect(pValue).toBeDefined();
    expect(target()).toMatchObject({
      target: 'onnxruntime',
      chip: 'onnxruntime',
      scheme: { weights: 'per-channel', weightBits: 8, activationBits: 8, range: 'mse' },
      verdict,
      reasons: [...reasons],
      files: ['chips/m/onnxruntime/README.md'],
      arithmetic: { rescale: 'float-multiplier', assumed: '' },
    });
    expect(target().metric).toEqual({
      verdict: stage.result.byQuantization,
      ...{ name: 'agreement', unit: 'fraction', fp32, quantized, drop, budget, confidence },
      ...{ interval: [...interval], flips, samples, samplesToDecide, pValue },
    });
    const { pValue: _, ...without } = judgement;
    expect(target({ result: { ...stage.result, judgement: without } }).metric).not.toHaveProperty('pValue');
  });

  it('has what the target says of recipe, layers and ranges, without the ranges of its model', () => {
    const pins: [string, { alpha: number; beta: number }][] = [
      ['x', { alpha: 0, beta: 1 }],
      ['y', { alpha: 0, beta: 2 }],
    ];
    const { candidate } = stage.result;
    const own = {
      recipe: ['gptq'],
      layers: new Map([['a', { weightBits: 8 }]]),
      ranges: new Map(pins),
    } as const;
    const result = { ...stage.result, candidate: { ...candidate, config: { ...candidate.config, ...own } } };
    const config = { ...stage.prepared.config, ranges: new Map(pins.slice(0, 1)) };
    const given = { ...stage, prepared: { ...stage.prepared, config } };
    expect(target({ result }, {}, given).scheme).toEqual({
      ...target().scheme,
      recipe: ['gptq'],
      layers: { a: { weightBits: 8 } },
      ranges: { y: { alpha: 0, beta: 2 } },
    });
    expect(Object.keys(target().scheme)).toEqual(['weights', 'weightBits', 'activationBits', 'range']);
  });

  it('has what the integer kernels did, where they ran', () => {
    expect(stage.result.integer).toBeDefined();
    const { quantized, drop } = stage.result.judgement;
    const beside = { samples: 32, quantized, emulated: quantized, contradicts: false };
    expect(target().realInt8).toEqual({ quantized, drop, agreement: 1, differing: 0, judges: true, beside });
    const result = { ...stage.result, integer: undefined };
    expect(target({ result })).not.toHaveProperty('realInt8');
  });

  it('has the extremes of the bits of activations and weights alike', () => {
    const { activations, weights } = stage.result.bits;
    const uses = [...activations.values(), ...weights.values()];
    expect(target().minEffectiveBits).toBe(Math.min(...uses.map((use) => use.effectiveBits)));
    expect(target().maxBitsLost).toBe(Math.max(...uses.map((use) => use.bitsLost)));
    const [[name, use]] = weights;
    const poor = new Map([[name, { ...use, effectiveBits: 0.5, bitsLost: 7 }]]);
    expect(target({ result: { ...stage.result, bits: { activations, weights: poor } } })).toMatchObject({
      ...{ minEffectiveBits: 0.5, maxBitsLost: 7 },
    });
    const none = { activations: new Map(), weights: new Map() };
    const silent = target({ result: { ...stage.result, bits: none } });
    expect(silent).not.toHaveProperty('minEffectiveBits');
    expect(silent).not.toHaveProperty('maxBitsLost');
  });

  it('has what attribution and advice found out', () => {
    const attribution = stage.attributed as Attribution;
    const { fullNsr, ranking, destroyed, probeSamples, additivity } = attribution;
    expect(target()).toMatchObject({ additivity, suggestion: null, remedies: [] });
    const whole = { fullNsr, ranking, destroyed, probeSamples };
    expect(target().attribution).toEqual({ ...whole, probesCalibrated: false });
    const probes = { ...stage.evidence.probes, seenInCalibration: true };
    expect(target({}, { probes }).attribution).toEqual({ ...whole, probesCalibrated: true });
    expect(
      target()
        .layers.map(({ rank }) => rank)
        .filter((rank) => rank !== undefined)
        .sort(),
    ).toEqual(attribution.units.map(({ rank }) => rank));
    const [first, ...units] = attribution.units;
    const { rank: _, impact: __, ...late } = first;
    const unranked = target({ attributed: { ...attribution, units, unranked: [late] } });
    const layer = unranked.layers.find(({ name }) => name === first.name)!;
    expect(layer.clipRate).toBe(first.local.clipRate);
    expect(layer).not.toHaveProperty('rank');
  });

  it('has a suggestion at its target and at its layers', () => {
    const change = { tensor: 'x', alpha: -1, beta: 1, predictedGainDb: 6, predictedGainBits: 1 };
    const suggestion = { changes: [change], measured: { quantized: 1, drop: 0 } };
    const suggested = target({ advised: { ...advised, suggestion } });
    expect(suggested.suggestion).toEqual(suggestion);
    const tensors = suggested.layers.flatMap((layer) => layer.tensors);
    expect(tensors.filter((tensor) => tensor.suggested !== undefined).map(({ name }) => name)).toEqual(['x']);
  });

  it('stands without an attribution', () => {
    const plain = target({ attributed: { notAttributed: 'no such kernel' } });
    for (const key of ['attribution', 'additivity', 'suggestion', 'remedies'])
      expect(plain).not.toHaveProperty(key);
    expect(plain.layers.length).toBeGreaterThan(0);
    expect(plain.layers[0]).not.toHaveProperty('sqnrDb');
  });

  it('says what is not quantized, and where the noise is measured instead of at class ids', async () => {
    const recurrent = makeModel({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Unsqueeze', ['h', 'axis'], ['u']),
        makeNode('RNN', ['u', 'wi', 'wr'], ['r'], { hidden_size: 4 }),
        makeNode('Reshape', ['r', 'shape'], ['s']),
        makeNode('ArgMax', ['s'], ['y'], { axis: 1, keepdims: 1 }),
      ],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 1], type: 'int64' }],
      constants: {
        w: random([8, 4], 1),
        axis: { type: 'int64', dims: [1], data: BigInt64Array.of(0n) },
        shape: { type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 4n) },
        wi: random([1, 4, 4], 2),
        wr: random([1, 4, 4], 3),
      },
    });
    const classes = await judged({}, recurrent);
    const entry = target({}, {}, classes);
    expect(entry.attribution!.measuredAt).toEqual(['s']);
    expect(entry.notQuantized).toEqual([
      { layer: 'r/RNN', op: 'RNN', why: 'recurrent operators are not emulated', share: 0.5 },
    ]);
  });
});
