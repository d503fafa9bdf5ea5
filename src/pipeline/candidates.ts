import type { Calibration } from '../calibration/calibration-record.ts';
import { type FailedTarget, problemOf } from './failure.ts';
import { type Candidate, candidateOf } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';

/** The targets of a model that are ready to be evaluated, and those that cannot be. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly failed: readonly FailedTarget[];
}

/** Makes a candidate of every target; one that cannot be planned, quantized or emulated does not take the others. */
export function candidatesOf(prepared: Prepared, calibration: Calibration, { signal }: Context): Candidates {
  const candidates: Candidate[] = [];
  const failed: FailedTarget[] = [...prepared.unplanned];
  for (const target of prepared.targets) {
    try {
      candidates.push(candidateOf(prepared, target, calibration));
    } catch (error) {
      failed.push({ config: target.config, problem: problemOf(error, signal) });
    }
  }
  return { candidates, failed };
}

/** The same candidates without integer kernels that do not open or run: these are beside the verdict. */
export function withoutFailedKernels(
  candidates: readonly Candidate[],
  failures: ReadonlyMap<string, string>,
): Candidate[] {
  return candidates.map((candidate) => {
    const { kernels } = candidate;
    const why = kernels !== undefined && 'name' in kernels ? failures.get(kernels.name) : undefined;
    return why === undefined ? candidate : { ...candidate, kernels: { notRun: why } };
  });
}
