import { describe, expect, it } from 'vitest';
import { termLink } from '../../../src/report/glossary.ts';
import { renderLayer, renderLayerNames } from '../../../src/report/markdown-layer.ts';
import { renderRanges } from '../../../src/report/markdown-ranges.ts';
import type { JudgedTarget, LayerReport } from '../../../src/report/report-schema.ts';
import {
  attributed,
  estimated,
  improved,
  passing,
  sampleLayer,
  sampleReport,
} from '../../support/sample-reports.ts';

const of = (changes: Partial<LayerReport>, target: Partial<JudgedTarget> = {}) => {
  const layers = [{ ...sampleLayer, name: 'fc', op: 'Gemm', tensors: [], ...changes }];
  const judged: JudgedTarget = { ...attributed, remedies: [], layers, ...target };
  return renderLayer(sampleReport([judged]).models, 'fc')!;
};
const factsOf = (...given: Parameters<typeof of>) =>
  of(...given)
    .split('\n')
    .filter((line) => line.startsWith('- '))
    .map((line) => line.slice(2));
const accumulator = { bits: 32, headroomBits: 9.26, overflows: 0 };

describe('what is said of a layer', () => {
  it('is what was measured of it, and that nothing was where it was not', () => {
    expect(of({})).toBe('#### signs on snpe: <code>fc</code> (Gemm)\n\n- what it costs was not measured');
    expect(factsOf({ rank: 1, impact: 0.041 })).toEqual([
      'rank 1 of 1 by what it costs',
      'alone makes 50 % of the output noise',
    ]);
    expect(factsOf({ sqnrDb: 12.34 })).toEqual(['its output has an SQNR of 12.3 dB']);
    expect(factsOf({ clipRate: 0.25 })).toEqual(['25 % of the values that it reads are clipped']);
    expect(factsOf({ worstSample: 0.5 })).toEqual(['one sample has 50 % of the noise']);
    expect(factsOf({ accumulator })).toEqual(['its sums have 9.3 bits to spare in 32, and overflow 0 times']);
  });

  it('is nothing of what is not there: no clipping, no noise of the whole', () => {
    const unmeasured = ['what it costs was not measured'];
    expect(factsOf({ clipRate: 0 })).toEqual(unmeasured);
    expect(factsOf({ impact: 0.1 }, { attribution: undefined })).toEqual(unmeasured);
    const silent = { ...attributed.attribution!, fullNsr: 0 };
    expect(factsOf({ impact: 0.1 }, { attribution: silent })).toEqual(unmeasured);
  });

  it('is that it is likely one of the costliest, as an estimate', () => {
    const { likelyLeaders } = estimated;
    expect(factsOf({}, { attribution: undefined, likelyLeaders })).toEqual([
      'likely one of the costliest: alone makes about 50 % of the output noise, estimated on 2 samples',
    ]);
    const others = { ...likelyLeaders!, layers: [{ layer: 'other', impact: 0.001 }] };
    expect(factsOf({}, { attribution: undefined, likelyLeaders: others })).toEqual([
      'what it costs was not measured',
    ]);
    expect(renderLayerNames(sampleReport([estimated]).models)).toBe(
      '<code>fc</code>, <code>/conv1/Conv</code>',
    );
  });

  it('is which of its ranges could be better, and its own remedies', () => {
    const [range] = sampleLayer.tensors;
    const suggested = { alpha: 0, beta: 1.02, predictedGainDb: 7.89 };
    const [remedy] = attributed.remedies!;
    const remedies = [{ ...remedy, unit: 'fc' }, { ...remedy, sentence: 'Of another layer.' }]; // biome-ignore format: a pair
    const tensors = [range, { ...range, name: 'h', suggested }];
    expect(factsOf({ tensors }, { remedies })).toEqual([
      'range of <code>h</code>: [0, 2.55], suggested [0, 1.02], predicted 7.9 dB better',
      expect.stringMatching(/^predicted, not measured: Use per-channel weights/),
    ]);
  });

  it('is the precision that the measured plan gives it', () => {
    const planOf = (layer: NonNullable<typeof plan.changes.layers>[string]) => ({
      recovery: { plan: { ...plan, changes: { layers: { fc: layer } } }, attempts: [] },
    });
    const plan = improved.recovery!.plan!;
    const has = 'in the measured plan it has';
    expect(factsOf({}, planOf({ activationBits: 16, weightBits: 12 }))).toEqual([
      `${has} 16 bits for what it reads and 12 bits for its weights`,
    ]);
    expect(factsOf({}, planOf({ float: true }))).toEqual([`${has} floating point`]);
  });

  it('is of all targets that have it, and of tensors by their name', () => {
    const { models } = sampleReport([attributed, { ...passing, target: 'other' }]);
    const titles = (name: string) => renderLayer(models, name)!.match(/^####.*$/gm);
    expect(titles('/conv1/Conv')).toEqual([
      '#### signs on snpe: <code>/conv1/Conv</code> (Conv)',
      '#### signs on other: <code>/conv1/Conv</code> (Conv)',
    ]);
    expect(titles('r12')).toEqual(['#### signs on snpe: <code>dw13/conv</code> (Conv)']);
    // A layer goes before a tensor of its name.
    const tensors = [{ ...sampleLayer.tensors[0], name: 'fc' }];
    const layers = [{ ...sampleLayer, tensors }, { ...sampleLayer, name: 'fc', tensors: [] }]; // biome-ignore format: a pair
    const both = renderLayer(sampleReport([{ ...attributed, layers }]).models, 'fc')!;
    expect(both.match(/^####.*$/gm)).toEqual(['#### signs on snpe: <code>fc</code> (Conv)']);
  });

  it('is why it stays in floating point', () => {
    const notQuantized = [{ layer: 'lstm', op: 'LSTM', why: 'recurrent operators are not emulated' }];
    expect(renderLayer(sampleReport([{ ...passing, notQuantized }]).models, 'lstm')).toBe(
      '#### signs on tensorrt: <code>lstm</code> stays in floating point\n\n- recurrent operators are not emulated',
    );
  });

  it('is at most eight places, and how many more there are', () => {
    const on = (count: number) =>
      renderLayer(
        sampleReport(Array.from({ length: count }, (_, i) => ({ ...passing, target: `t${i}` }))).models,
        '/conv1/Conv',
      )!;
    expect(on(8).match(/^####/gm)).toHaveLength(8);
    expect(on(8)).not.toContain('more places');
    expect(on(11).match(/^####/gm)).toHaveLength(8);
    expect(on(11)).toMatch(/\n\n3 more places are in report\.json\.$/);
  });
});

describe('the names of layers to ask for', () => {
  it('are the five costliest, each once', () => {
    const layers = Array.from({ length: 7 }, (_, i) => ({
      ...{ ...sampleLayer, name: `l${i}`, rank: 7 - i, impact: 0.1 },
    }));
    const error = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no'] } as const;
    const { models } = sampleReport([error, { ...attributed, layers }, { ...passing, layers }]);
    const names = ['l6', 'l5', 'l4', 'l3', 'l2'].map((name) => `<code>${name}</code>`);
    expect(renderLayerNames(models)).toBe(names.join(', '));
    expect(renderLayerNames(sampleReport([passing]).models)).toBe('');
  });
});

describe('the table of ranges', () => {
  const [input, weight] = sampleLayer.tensors;
  const table = (tensors: LayerReport['tensors'], most = 50) =>
    renderRanges({ ...passing, layers: [{ ...sampleLayer, tensors }] }, most);

  it('has a row for each tensor and a column for what any of them has', () => {
    const used = { ...input, effectiveBits: 6.5, bitsLost: 0.25, clipShare: 0.5 };
    expect(table([used, weight])).toBe(
      [
        '<details><summary>Ranges of 2 tensors on tensorrt</summary>',
        [
          `|Layer|Tensor|α|β|Scale|Zero point|${termLink('effective bits', 'Bits kept')}|${termLink('bits lost', 'Bits lost')}|Noise by clipping|`,
          '|-|-|-|-|-|-|-|-|-|',
          '|<code>/conv1/Conv</code><br>Conv|<code>input</code><br>read|0|2.55|0.01|0|6.5 of 8|0.3|50.00 %|',
          '|<code>/conv1/Conv</code><br>Conv|<code>conv1.weight</code><br>weight|-0.635|0.635|0.001 to 0.005 (8 channels)|0||||',
        ].join('\n'),
        '</details>',
      ].join('\n\n'),
    );
    expect(table([input, weight])).not.toMatch(/Bits kept|Bits lost|Noise by clipping/);
    expect(table([weight, used])).toContain('Noise by clipping');
  });

  it('never keeps more bits than there are, and says what channels keep where one scale serves all', () => {
    const channelPrecision = { channels: 256, leastBits: -0.2, medianBits: 2.2, under4Bits: 230 };
    const text = table([
      { ...input, effectiveBits: 24 },
      { ...weight, effectiveBits: 2.4, channelPrecision },
    ]);
    expect(text).toContain('|8 of 8|');
    expect(text).toContain('|2.4 of 8|most of 256 keep 2.2 of 8, the least 0 of 8|');
  });

  it('is cut, and says so', () => {
    expect(table([input, weight], 2)).not.toContain('more are in report.json');
    const cut = table([input, weight, input], 1);
    expect(cut).toContain('Ranges of 3 tensors');
    expect(cut).toContain('\n\n2 more are in report.json.\n\n</details>');
    expect(cut).not.toContain('conv1.weight');
    expect(table([input], 0)).toBe('');
    expect(table([])).toBe('');
  });
});
