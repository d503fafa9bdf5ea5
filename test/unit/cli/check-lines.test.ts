import { describe, expect, it } from 'vitest';
import { checkLines } from '../../../src/cli/check-lines.ts';
import { verifiedSentence } from '../../../src/report/verified-sentence.ts';
import type { TargetCheck } from '../../../src/verification/verification-schema.ts';
import { verifiedOf } from '../../../src/verification/verification-schema.ts';
import { checkedTarget } from '../../support/checked-target.ts';

const linesOf = (...targets: TargetCheck[]) =>
  checkLines({ name: 'm', modelSha256: '', dataSha256: '', targets });
const { layers, equalShare: _, sqnrDb: __, ...bare } = checkedTarget;

describe('a check on a terminal', () => {
  it('says what was measured beside what was predicted, why, and where the graph begins to differ', () => {
    expect(linesOf(checkedTarget)).toEqual([
      'm  differs       snpe: top1 89.60 % by Qualcomm HTP 2.31 beside 91.40 % predicted, 92.50 % FP32, difference -1.80 pp [-3.40, -0.60] pp, same greatest output in 97.50 % of 400 samples, outputs SQNR 21.3 dB',
      'm  why           snpe: the metric differs by -1.80 pp [-3.40, -0.60] pp, more than 0.30 pp',
      'm  layers        snpe: of 3 tensors on 8 samples the first to differ is b: 0.02 % of its codes by up to 1 step, 61.5 dB; the worst is c: 30 % of its codes by up to 12 steps, 18.2 dB',
      'm  note          snpe: 12 of 12 layers run in int8',
    ]);
  });

  it('says nothing of what is not known, and no reason where it agrees', () => {
    const [line, ...more] = linesOf({ ...bare, outcome: 'agrees', notes: [], version: '' });
    expect(line).toMatch(
      /^m {2}agrees .* by Qualcomm HTP beside .*, difference -1\.80 pp \[-3\.40, -0\.60\] pp, 400 samples$/,
    );
    expect(more).toEqual([]);
  });

  it('says where all is the same', () => {
    const same = { ...layers!, along: layers!.along.slice(0, 1), first: null, worst: null };
    const lines = linesOf({ ...checkedTarget, sqnrDb: null, layers: same, notes: [] });
    expect(lines[0]).toMatch(/, outputs the same$/);
    expect(lines.at(-1)).toBe('m  layers        snpe: all codes of 1 tensor on 8 samples are the same');
  });

  it('says the first and the worst once where they are one', () => {
    const one = { ...layers!, first: layers!.worst };
    expect(linesOf({ ...checkedTarget, layers: one, notes: [] }).at(-1)).toMatch(
      /the first to differ, and the worst, is c: 30 % of its codes by up to 12 steps, 18\.2 dB$/,
    );
  });

  it('is one line of a target that could not be checked, and plain where others wrote it', () => {
    const reasons = ['a', 'b'];
    expect(linesOf({ target: 'rknn', chip: 'rknn', outcome: 'error', reasons })).toEqual([
      'm  error         rknn: a; b',
    ]);
    const library = 'Evil\u001b[2J\nlibrary';
    for (const line of linesOf({ ...checkedTarget, library, notes: ['\u202enote'] }))
      expect(line).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('a check in a report', () => {
  it('is one sentence', () => {
    const verified = verifiedOf(checkedTarget, '2026-11-29T01:02:03.000Z');
    expect(verifiedSentence(verified, 'fraction')).toBe(
      'checked against Qualcomm HTP 2.31 on 2026-11-29: differs: 89.60 % beside 91.40 % predicted on 400 samples',
    );
    expect(verifiedSentence({ ...verified, outcome: 'agrees', version: '' }, 'fraction')).toBe(
      'checked against Qualcomm HTP on 2026-11-29: 89.60 % beside 91.40 % predicted on 400 samples',
    );
  });
});
