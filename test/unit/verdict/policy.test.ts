import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inconclusivePolicies } from '../../../src/config/inconclusive-policy.ts';
import { combine, type Verdict } from '../../../src/verdict/combine.ts';
import { effective } from '../../../src/verdict/effective.ts';

const verdicts: Verdict[] = ['error', 'fail', 'inconclusive', 'pass'];

describe('the policy for inconclusive verdicts', () => {
  const judged = { verdict: 'inconclusive' as Verdict, reasons: ['too few'] };

  it('warn leaves it inconclusive', () => {
    expect(effective(judged, 'warn')).toEqual(judged);
  });

  it.each(['pass', 'fail'] as const)('%s counts it as that and says so', (policy) => {
    expect(effective(judged, policy)).toEqual({
      verdict: policy,
      reasons: ['too few', `inconclusive, counted as ${policy} by on-inconclusive: ${policy}`],
    });
  });

  it('is one of three', () => {
    expect(inconclusivePolicies).toEqual(['pass', 'warn', 'fail']);
  });

  it('leaves every other verdict alone', () => {
    for (const verdict of ['pass', 'fail', 'error'] as const) {
      for (const policy of inconclusivePolicies) {
        expect(effective({ verdict, reasons: [] }, policy)).toEqual({ verdict, reasons: [] });
      }
    }
  });
});

describe('several verdicts together', () => {
  it('are as bad as the worst: error, fail, inconclusive, pass', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...verdicts), { minLength: 1 }), (list) => {
        const worst = Math.min(...list.map((verdict) => verdicts.indexOf(verdict)));
        expect(combine(list)).toBe(verdicts[worst]);
      }),
    );
  });

  it('are an error if there are none', () => {
    expect(combine([])).toBe('error');
  });
});
