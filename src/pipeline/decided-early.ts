import { UserError } from '../errors.ts';
import { ofSeen } from '../evaluation/looked.ts';
import type { Score } from '../metrics/metric.ts';
import { whyNotEarly } from '../verdict/looks.ts';
import { type Decided, FP32 } from './evaluate.ts';
import type { BaselineLookup } from './find-baseline.ts';
import type { Candidate } from './judge.ts';
import { type AccuracyJudgement, judgeAccuracy } from './judge-accuracy.ts';
import type { Measured } from './judge-regression.ts';
import type { Prepared } from './prepare.ts';

/** What a look compares with. */
interface Known {
  readonly lookup: BaselineLookup;
  /** Scores of FP32 on all samples, where it does not take part. */
  readonly fp32: readonly Score[] | undefined;
}

/**
 * Who leaves an evaluation with `stop: early`: targets that fail a budget of accuracy for sure, or pass them all, on their
 * emulation, or the integer kernels that judge in its place. Undefined where all go to the end.
 */
export function decidedEarly(
  prepared: Prepared,
  candidates: readonly Candidate[],
  { lookup, fp32 }: Known,
): Decided | undefined {
  const { config, metric } = prepared;
  if (config.evaluation.stop !== 'early' || whyNotEarly(metric) !== undefined) return undefined;
  return (soFar) =>
    new Set(
      candidates.flatMap((candidate) => {
        const { emulation, kernels } = candidate;
        const names = [kernels, emulation]
          .flatMap((each) => (each !== undefined && 'name' in each ? each.name : []))
          .filter((name) => soFar.scores.has(name));
        const [name] = names;
        if (name === undefined) return [];
        const verdict = sureVerdict(prepared, candidate, lookup, {
          scores: soFar.scores.get(name)!,
          fp32: soFar.scores.get(FP32) ?? ofSeen(fp32!, soFar),
          looked: soFar,
        });
        return verdict === undefined ? [] : names;
      }),
    );
}

/** Of the budgets that there are; undefined where they are open, where there is none, and for scores that cannot be judged. */
export function sureVerdict(
  prepared: Prepared,
  candidate: Candidate,
  lookup: BaselineLookup,
  measured: Measured,
): 'pass' | 'fail' | undefined {
  try {
    return verdictOf(prepared, judgeAccuracy(prepared, candidate, lookup, measured));
  } catch (error) {
    // The target has its error in the end, and the others their verdicts.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function verdictOf(
  { maxDrop, maxRegression }: Prepared,
  { byQuantization, withBase, floor }: AccuracyJudgement,
): 'pass' | 'fail' | undefined {
  const verdicts = [
    ...(maxDrop === undefined ? [] : [byQuantization.verdict]),
    ...(withBase === undefined || maxRegression === undefined ? [] : [withBase.verdict]),
    ...(floor === undefined ? [] : [floor.verdict]),
  ];
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length > 0 && verdicts.every((each) => each === 'pass') ? 'pass' : undefined;
}
