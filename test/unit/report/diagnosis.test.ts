import { describe, expect, it } from 'vitest';
import { blamesWeight, diagnose, rankedLayers, sharesText } from '../../../src/report/diagnosis.ts';
import type { JudgedTarget, LayerReport } from '../../../src/report/report-schema.ts';
import { attributed, sampleLayer } from '../../support/sample-reports.ts';

type Shares = NonNullable<LayerReport['shares']>;
const none: Shares = { weightRound: 0, weightClip: 0, activationRound: 0, activationClip: 0, output: 0 };

function layer(name: string, rank: number, impact: number, shares?: Partial<Shares>): LayerReport {
  return { ...sampleLayer, name, rank, impact, ...(shares && { shares: { ...none, ...shares } }) };
}

/** The sample, whose outputs have a noise of 0.1, with other layers. */
const target = (layers: LayerReport[], changes: Partial<JudgedTarget> = {}): JudgedTarget => ({
  ...attributed,
  attribution: { ...attributed.attribution!, fullNsr: 0.1 },
  suggestion: null,
  remedies: [],
  rangeMethods: [],
  layers,
  ...changes,
});

describe('the ranked layers', () => {
  it('are those that were measured alone, by rank', () => {
    const { rank: _, ...unranked } = layer('unranked', 1, 0.1);
    const { impact: __, ...unmeasured } = layer('unmeasured', 3, 0.1);
    const layers = [layer('b', 2, 0.1), unranked, layer('a', 1, 0.2), unmeasured];
    expect(rankedLayers(target(layers)).map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('what is wrong', () => {
  it('is nothing where the loss was not attributed, or is no loss', () => {
    const layers = [layer('a', 1, 0.1, { output: 1 })];
    expect(diagnose(target(layers, { attribution: undefined }))).toBeUndefined();
    const silent = { ...attributed.attribution!, fullNsr: 0 };
    expect(diagnose(target(layers, { attribution: silent }))).toBeUndefined();
    expect(diagnose(target([]))).toBeUndefined();
    expect(diagnose(target([layer('a', 1, 0.1)]))).toBeUndefined();
  });

  it('is the layer that costs the most, with its part of the noise and the cause of that', () => {
    const layers = [
      layer('a', 1, 0.05, { weightClip: 0.7, output: 0.3 }),
      layer('b', 2, 0.01, { output: 1 }),
    ];
    const { culprit, headline } = diagnose(target(layers))!;
    expect(headline).toBe('Weights cost the most');
    expect(culprit!.layer.name).toBe('a');
    expect(culprit!.words).toBe('alone makes 50 % of the output noise, 70 % of it weight clipping');
  });

  it.each([0.1, 0.3])('is a layer that makes as much noise as all, or more: %d', (impact) => {
    const { culprit } = diagnose(target([layer('a', 1, impact, { activationRound: 1 })]))!;
    expect(culprit!.words).toBe(
      'alone makes as much output noise as all layers together, 100 % of it activation rounding',
    );
  });

  it.each<[string, [number, Partial<Shares>][]]>([
    ['Weights cost the most', [[0.02, { weightRound: 0.3, weightClip: 0.3, activationRound: 0.4 }]]],
    ['Activations cost the most', [[0.02, { weightRound: 0.4, activationRound: 0.3, activationClip: 0.3 }]]],
    ['Integer arithmetic costs the most', [[0.02, { weightRound: 0.4, output: 0.6 }]]],
    // Many layers that cost little outweigh one that costs more.
    ['Activations cost the most', [[0.02, { weightRound: 1 }], [0.012, { activationClip: 1 }], [0.012, { activationRound: 1 }]]],
    ['Weights cost the most', [[0.02, { weightRound: 1 }], [0.001, { activationClip: 1 }], [0.001, { output: 1 }]]],
  ])('is %s, each layer weighed by what it costs', (headline, costs) => {
    const layers = costs.map(([impact, shares], i) => layer(`l${i}`, i + 1, impact, shares));
    expect(diagnose(target([...layers, layer('unknown', 9, 1e-6)]))!.headline).toBe(headline);
  }); // biome-ignore format: a table

  it('is the whole model where that is destroyed', () => {
    const attribution = { ...attributed.attribution!, fullNsr: 1.7, destroyed: true };
    const layers = [layer('a', 1, 0.1, { output: 1 })];
    expect(diagnose(target(layers, { attribution }))).toEqual({
      headline:
        'Quantization destroys this model: the outputs have an SQNR of -2.3 dB, which no ranking of layers explains',
      culprit: undefined,
    });
  });
});

describe('the shares of an error', () => {
  it('are the parts of a tenth and more, the largest first, with what is more of each', () => {
    const text = (shares: Partial<Shares>) => sharesText({ ...none, ...shares }).replaceAll('\u00a0', ' ');
    expect(text({ weightRound: 0.2, weightClip: 0.3, activationRound: 0.35, output: 0.15 })).toBe(
      'ΔW 50 % (clip), ΔX 35 % (round), ΔY 15 %',
    );
    expect(text({ output: 0.8, activationRound: 0.1, activationClip: 0.1 })).toBe('ΔY 80 %, ΔX 20 % (round)');
    expect(text({ weightRound: 0.9, output: 0.1 })).toBe('ΔW 90 % (round), ΔY 10 %');
    expect(text({ weightRound: 0.91, output: 0.09 })).toBe('ΔW 91 % (round)');
    expect(sharesText({ ...none, output: 1 })).toBe('ΔY\u00a0100\u00a0%');
  });

  it('blame the weight where it makes more than what the layer reads', () => {
    const blamed = (shares: Partial<Shares>) => blamesWeight({ ...none, ...shares });
    expect(blamed({ weightRound: 0.3, weightClip: 0.3, activationRound: 0.4 })).toBe(true);
    expect(blamed({ weightRound: 0.4, activationRound: 0.3, activationClip: 0.3 })).toBe(false);
    expect(blamed({ weightRound: 0.5, activationClip: 0.5 })).toBe(false);
    expect(blamed({ weightRound: 0.2, output: 0.8 })).toBe(true);
  });
});
