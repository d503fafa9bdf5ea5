import { describe, expect, it } from 'vitest';
import type { Judged } from '../../../src/verdict/combine.ts';
import { withoutRepeating } from '../../../src/verdict/not-repeatable.ts';

const judged = (verdict: Judged['verdict']): Judged => ({ verdict, reasons: ['drop 0'] });
const REASON =
  'the figures do not repeat, as "a" (RandomNormal) draws random numbers: export the model without, or give them as an input';

describe('a model that draws random numbers', () => {
  it('does not pass, and says what draws them', () => {
    for (const verdict of ['pass', 'inconclusive'] as const)
      expect(withoutRepeating(judged(verdict), ['"a" (RandomNormal)'])).toEqual({
        verdict: 'inconclusive',
        reasons: [REASON, 'drop 0'],
      });
    const [reason] = withoutRepeating(judged('pass'), ['"a" (Bernoulli)', '"b" (Dropout)', '"c"']).reasons;
    expect(reason).toContain('as "a" (Bernoulli) and 2 more draw random numbers');
  });

  it('still fails: random numbers are no way around the gate', () => {
    expect(withoutRepeating(judged('fail'), ['"a" (RandomNormal)'])).toEqual({
      verdict: 'fail',
      reasons: ['drop 0', REASON],
    });
  });

  it('is not one that draws none', () => {
    expect(withoutRepeating(judged('pass'), [])).toEqual(judged('pass'));
  });
});
