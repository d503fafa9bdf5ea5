import { describe, expect, it } from 'vitest';
import { renderWorst, sentenceOf } from '../../../src/report/markdown-worst.ts';
import type { JudgedTarget, LayerReport } from '../../../src/report/schema.ts';
import { nasty } from './nasty.ts';
import { failing, passing, sampleLayer } from './sample.ts';

const attribution: NonNullable<JudgedTarget['attribution']> = {
  outputNsr: 0.01,
  ranking: 'alone',
  destroyed: false,
  probeSamples: 8,
  probesSeen: false,
  cause: { step: 'weightRound', share: 0.98 },
  remedy: 'set weights: per-channel for this target',
};
const shares = { weightRound: 0.9, weightClip: 0, activationRound: 0.08, activationClip: 0.02, output: 0 };

const ranked = (name: string, rank: number): LayerReport => ({
  ...sampleLayer,
  name,
  rank,
  impact: 0.001 / rank,
  worstSample: 0.25,
  clipRate: 0,
  shares,
});

const judged: JudgedTarget = {
  ...failing,
  attribution,
  additivity: 1.07,
  layers: [ranked('second', 2), ranked('first', 1), { ...sampleLayer, name: 'unranked' }],
};

describe('the sentence on top', () => {
  it('says what costs the most, where, and what to do', () => {
    expect(sentenceOf(judged)).toEqual([
      'the rounding of weights makes 98.00 % of the noise at the output; it costs most in <code>first</code> (Conv), <code>second</code> (Conv)',
      'to do: set weights: per-channel for this target',
    ]);
  });

  it('tells a passing target nothing to do', () => {
    expect(sentenceOf({ ...judged, verdict: 'pass' })).toHaveLength(1);
    expect(sentenceOf(passing)).toEqual([]);
  });

  it('calls destroyed outputs destroyed', () => {
    const [first] = sentenceOf({ ...judged, attribution: { ...attribution, destroyed: true } });
    expect(first).toMatch(/^the outputs are destroyed: the rounding of weights/);
  });
});

describe('the table of the layers that cost the most', () => {
  it('is by rank, with causes from 5 % on', () => {
    const rows = renderWorst(judged, 10)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toEqual([
      '|Rank|Layer|Operator|Output noise alone|Worst sample|Caused by|Clipped|Bits lost|',
      '|-|-|-|-|-|-|-|-|',
      '|1|<code>first</code>|Conv|-30.0 dB|25.00 %|ΔW round 90 %, ΔX round 8 %|0.00 %|–|',
      '|2|<code>second</code>|Conv|-33.0 dB|25.00 %|ΔW round 90 %, ΔX round 8 %|0.00 %|–|',
    ]);
  });

  it('does not exist for destroyed outputs, no rows, and nothing attributed', () => {
    expect(renderWorst({ ...judged, attribution: { ...attribution, destroyed: true } }, 10)).toBe('');
    expect(renderWorst(judged, 0)).toBe('');
    expect(renderWorst(passing, 10)).toBe('');
  });

  it('shows hostile names as text', () => {
    for (const name of nasty) {
      const rows = renderWorst({ ...judged, layers: [ranked(name, 1)] }, 10).split('\n');
      const row = rows.find((line) => line.startsWith('|1|'))!;
      expect(row.split('|'), name).toHaveLength(10);
      expect(row, name).not.toMatch(/<(?!\/?code>)|@\w|\[/);
    }
  });
});
