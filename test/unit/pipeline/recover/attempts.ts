import fc from 'fast-check';
import {
  type ChangeKind,
  changeKinds,
  type MeasuredAttempt,
} from '../../../../src/pipeline/recover/attempt.ts';

export interface Outcome {
  readonly kind: ChangeKind;
  readonly layers: number;
  readonly drop: number;
  readonly budget: number | null;
  readonly verdict: MeasuredAttempt['result']['judgement']['verdict'];
  readonly byQuantization: MeasuredAttempt['result']['byQuantization'];
}

/** An attempt of which nothing but its outcome is known. */
export function attempt(outcome: Partial<Outcome>): MeasuredAttempt {
  const { kind = 'recipe', layers = 0, drop = 0, budget = 0.01, verdict = 'pass' } = outcome;
  const names = Array.from({ length: layers }, (_, i) => [`layer${i}`, { float: true }] as const);
  return {
    kind,
    config: { layers: new Map(names) },
    outputNsr: 0,
    result: { judgement: { verdict, budget, drop }, byQuantization: outcome.byQuantization ?? verdict },
  } as unknown as MeasuredAttempt;
}

export const outcomes: fc.Arbitrary<Outcome> = fc.record({
  kind: fc.constantFrom(...changeKinds),
  layers: fc.integer({ min: 0, max: 3 }),
  drop: fc.integer({ min: -2, max: 4 }).map((points) => points / 100),
  budget: fc.constantFrom(0.01, 0.02, null),
  verdict: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const),
  byQuantization: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const),
});
