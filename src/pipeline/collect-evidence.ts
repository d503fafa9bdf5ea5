import type { Calibration } from '../calibration/calibration-record.ts';
import { contestOf, onAllSamples } from './contest-of.ts';
import { decidedEarly } from './decided-early.ts';
import { type Contest, type ContestResult, evaluateSideBySide, FP32 } from './evaluate.ts';
import { identityOf, mergedEvaluations } from './evaluate-shard.ts';
import type { Evidence } from './evidence.ts';
import { baselineOf, evaluationSha256, findBaseline, storedFp32 } from './find-baseline.ts';
import type { GateInput } from './gate-input.ts';
import type { Candidate } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { readProbes } from './read-probes.ts';

/** What evidence is taken from beside the model. */
export interface EvidenceStep {
  readonly input: Pick<GateInput, 'baselines' | 'evaluations' | 'commit' | 'date'> & {
    /** Whether no target may stop early: what is kept has to be of all samples. */
    readonly isWhole?: true;
  };
  readonly context: Context;
}

/** Evaluates the candidates beside FP32, here or from shards, and reads what else they are judged on. */
export async function collectEvidence(
  prepared: Prepared,
  calibration: Calibration,
  candidates: readonly Candidate[],
  { input, context }: EvidenceStep,
): Promise<{ evidence: Evidence; failures: ContestResult['failures'] }> {
  const dataSha256 = await evaluationSha256(prepared, context);
  const lookup = await findBaseline(prepared, dataSha256, input.baselines);
  const stored = storedFp32(prepared, lookup);
  const contest = contestOf(prepared, candidates, stored);
  const decided = input.isWhole
    ? undefined
    : decidedEarly(prepared, candidates, { lookup, fp32: stored?.scores });
  const given = input.evaluations?.get(prepared.config.name);
  const { evaluations, failures } =
    given === undefined
      ? await evaluateAll(prepared, { ...contest, decided }, candidates, context)
      : mergedEvaluations(
          prepared,
          contest,
          given,
          await identityOf(prepared, calibration, dataSha256, context),
        );
  const { provider } = context.runtime;
  const { commit, date } = input;
  const fp32 = stored ?? baselineOf(prepared, evaluations.get(FP32)!, { commit, date, dataSha256, provider });
  const probes = await readProbes(prepared, calibration, fp32.scores.length, context);
  return { evidence: { calibration, dataSha256, lookup, fp32, evaluations, probes }, failures };
}

/** Evaluates side by side; of an emulation whose kernels fail the first samples are not enough, so that it runs again. */
async function evaluateAll(
  prepared: Prepared,
  contest: Contest,
  candidates: readonly Candidate[],
  context: Context,
): Promise<ContestResult> {
  const result = await evaluateSideBySide(prepared, contest, context);
  const { evaluations, failures } = result;
  const withFailedKernels = new Set(
    candidates.flatMap(({ emulation, kernels }) =>
      kernels !== undefined && 'name' in kernels && failures.has(kernels.name) ? [emulation.name] : [],
    ),
  );
  const contestants = contest.contestants
    .filter(
      ({ name, samples }) => samples !== undefined && withFailedKernels.has(name) && evaluations.has(name),
    )
    .map(onAllSamples);
  if (contestants.length === 0) return result;
  const references = evaluations.get(FP32)?.references ?? contest.references;
  const again = await evaluateSideBySide(prepared, { contestants, references }, context);
  return {
    evaluations: new Map([...evaluations, ...again.evaluations]),
    failures: new Map([...failures, ...again.failures]),
  };
}
