import { describe, expect, it } from 'vitest';
import { summaryLines } from '../../../src/cli/summary.ts';
import { floatSentence } from '../../../src/report/float-sentence.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';

type Float = NonNullable<JudgedTarget['floatMultiplications']>;
const most = { layer: 'attn/<b>', op: 'Einsum', share: 0.3 };
const sentenceOf = (floatMultiplications: Float | undefined) =>
  floatSentence({ floatMultiplications } as JudgedTarget);

describe('the sentence about multiplications that stay in floating point', () => {
  it('is there where they are more than a tenth, and names where most of them are', () => {
    expect(sentenceOf({ share: 0.4, most, unknown: 0 })).toBe(
      '40 % of the multiplications of the model stay in floating point, the largest part in "attn/<b>" (Einsum, 30 %)',
    );
    expect(sentenceOf({ share: 0.3, most, unknown: 0 })).toMatch(/, all in "attn\/<b>" \(Einsum\)$/);
    expect(sentenceOf({ share: 0.1, most, unknown: 0 })).toBeUndefined();
    expect(sentenceOf(undefined)).toBeUndefined();
  });

  it('says what is not known', () => {
    expect(sentenceOf({ share: 0.4, most, unknown: 2 })).toMatch(
      /, not counting 2 operators of unknown shapes$/,
    );
    expect(sentenceOf({ share: 0, unknown: 1 })).toBe(
      'how much 1 operator multiplies in floating point is not known, as shapes are not',
    );
  });

  it('is in the report and on the terminal, also of a target that passes, and is text there', () => {
    const target = { ...passing, floatMultiplications: { share: 0.4, most, unknown: 0 } };
    const report = sampleReport([target]);
    const [line] = renderMarkdown(report)
      .split('\n')
      .filter((each) => each.includes('floating point'));
    expect(line).toBe(
      '- 40 % of the multiplications of the model stay in floating point, the largest part in &#34;attn/&#60;b&#62;&#34; (Einsum, 30 %)',
    );
    expect(summaryLines(report)[1]).toMatch(
      / {2}note {10}tensorrt: 40 % of the multiplications .*"attn\/<b>"/,
    );
  });
});
