import type { Calibration } from '../calibration/calibration-record.ts';
import type { RepairSamples } from '../recovery/repair.ts';
import { type FailedTarget, problemOf } from './failure.ts';
import { type Candidate, candidateFrom, candidateOf } from './judge.ts';
import type { Context, PlannedTarget, Prepared } from './prepare.ts';
import { readRepairSamples } from './repair-samples.ts';
import { repairTarget } from './repair-target.ts';

/** The targets of a model that are ready to be evaluated, and those that cannot be. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly failed: readonly FailedTarget[];
}

/**
 * Makes a candidate of every target, repaired where it has a recipe; one that cannot be planned, quantized, repaired or
 * emulated does not take the others.
 */
export async function candidatesOf(
  prepared: Prepared,
  calibration: Calibration,
  context: Context,
): Promise<Candidates> {
  const candidates: Candidate[] = [];
  const failed: FailedTarget[] = [...prepared.unplanned];
  let samples: RepairSamples | undefined;
  for (const target of prepared.targets) {
    try {
      if (!isRepaired(target)) {
        candidates.push(candidateOf(prepared, target, calibration));
        continue;
      }
      samples ??= await readRepairSamples(prepared, context);
      candidates.push(await repairedCandidate(prepared, target, { calibration, samples }, context));
    } catch (error) {
      failed.push({ config: target.config, problem: problemOf(error, context.signal) });
    }
  }
  return { candidates, failed };
}

function isRepaired({ config: { recipe } }: PlannedTarget): boolean {
  return recipe.length > 0;
}

async function repairedCandidate(
  prepared: Prepared,
  target: PlannedTarget,
  {
    calibration: { histograms },
    samples,
  }: { readonly calibration: Calibration; readonly samples: RepairSamples },
  context: Context,
): Promise<Candidate> {
  const { config } = target;
  const repaired = await repairTarget(
    prepared,
    target,
    { histograms, samples, name: `${config.id}/repair` },
    context,
  );
  return candidateFrom(prepared, config, repaired);
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
