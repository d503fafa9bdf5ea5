import { describe, expect, it } from 'vitest';
import type { AttributedUnit, Shares } from '../../../src/attribute/attribution.ts';
import { causeOf, overallCause } from '../../../src/attribute/cause.ts';
import { remedyFor, type Situation } from '../../../src/attribute/remedy.ts';

const none: Shares = { weightRound: 0, weightClip: 0, activationRound: 0, activationClip: 0, output: 0 };

function unit(nsr: number, shares: Partial<Shares> | undefined): AttributedUnit {
  return {
    name: 'unit',
    op: 'Conv',
    reads: [],
    rank: 1,
    local: { nsr, shares: shares && { ...none, ...shares }, clipRate: 0 },
    impact: { nsr, kl: 0, worstSample: 1 },
  };
}

describe('the cause', () => {
  it('is the step with the largest share', () => {
    expect(causeOf({ ...none, weightClip: 0.7, output: 0.3 })).toEqual({ step: 'weightClip', share: 0.7 });
    expect(causeOf(undefined)).toBeUndefined();
  });

  it('of a whole is weighed by what each unit costs', () => {
    const units = [unit(3, { activationClip: 1 }), unit(1, { weightRound: 1 }), unit(9, undefined)];
    expect(overallCause(units)).toEqual({ step: 'activationClip', share: 0.75 });
    expect(overallCause([unit(Infinity, { output: 1 }), ...units])).toEqual({
      step: 'activationClip',
      share: 0.75,
    });
    expect(overallCause([unit(0, undefined)])).toBeUndefined();
  });
});

describe('the remedy', () => {
  const situation: Situation = { granularity: 'per-tensor', weightBits: 8, activationBits: 8, bitsLost: 0 };
  const remedy = (step: keyof Shares, changes: Partial<Situation> = {}) =>
    remedyFor({ step, share: 1 }, { ...situation, ...changes });

  it('of weight rounding is per-channel weights, more bits, or no quantization, whichever is left', () => {
    expect(remedy('weightRound')).toContain('weights: per-channel');
    expect(remedy('weightRound', { granularity: 'per-channel', weightBits: 4 })).toContain(
      'more than 4 bits',
    );
    expect(remedy('weightRound', { granularity: 'per-channel' })).toContain('16-bit weights');
  });

  it('of activation rounding is a range where one wastes bits, and more bits otherwise', () => {
    expect(remedy('activationRound', { bitsLost: 1.5 })).toContain('narrow the range');
    expect(remedy('activationRound')).toContain('16-bit activations');
    expect(remedy('activationRound', { activationBits: 16 })).toContain('floating point');
  });

  it('of clipping is data, of arithmetic a wider accumulator', () => {
    expect(remedy('activationClip')).toContain('more data');
    expect(remedy('output')).toContain('accumulator');
  });
});
