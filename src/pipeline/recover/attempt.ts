import { fullNsr } from '../../attribution/impact/impact.ts';
import type { TargetConfig } from '../../config/target-id.ts';
import { ofSeen } from '../../evaluation/looked.ts';
import type { RepairSamples } from '../../recovery/repair.ts';
import { sureVerdict } from '../decided-early.ts';
import type { Evidence } from '../evidence.ts';
import { type Candidate, candidateFrom, judgeTarget, type TargetResult } from '../judge.ts';
import { type Context, type Prepared, plannedTarget } from '../prepare.ts';
import { evaluateChanges, type IsRefused } from '../refused-early.ts';
import { repairTarget } from '../repair-target.ts';

/** What is changed of a target, the smallest change first. */
export const changeKinds = ['ranges', 'granularity', 'recipe', 'precision'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A change that was tried. */
export interface Attempt {
  readonly kind: ChangeKind;
  /** As it would stand in the configuration; its id is that of the target it was tried for. */
  readonly config: TargetConfig;
  /** Noise / signal power of the outputs of the samples kept apart. */
  readonly outputNsr: number;
}

/** A change that was measured on the evaluation samples. */
export interface MeasuredAttempt extends Attempt {
  readonly result: TargetResult;
}

/** What changes of a target are tried with. */
export interface Trial {
  readonly prepared: Prepared;
  readonly evidence: Evidence;
  readonly samples: RepairSamples;
  readonly context: Context;
}

/** An attempt with its models, which are dropped where it is not evaluated. */
export interface Ready extends Attempt {
  readonly candidate: Candidate;
}

/** Quantizes and repairs a model as an attempt has it, and takes the noise of its outputs. */
export async function tryOut(
  { kind, config }: Pick<Attempt, 'kind' | 'config'>,
  { prepared, evidence, samples, context }: Trial,
): Promise<Ready> {
  const target = plannedTarget(config, prepared.model);
  const { histograms } = evidence.calibration;
  const name = `${config.id}/recover/${config.recipe.join('-')}`;
  const repaired = await repairTarget(prepared, target, { histograms, samples, name }, context);
  const { runtime } = context;
  const outputNsr = await fullNsr(repaired.quantized, samples.apart, runtime, prepared.readOutputs);
  // The integer kernels are run by the gate that judges the change, not while it is sought.
  const candidate = { ...candidateFrom(prepared, config, repaired), kernels: undefined };
  return { kind, config, outputNsr, candidate };
}

/**
 * Evaluates attempts side by side and judges them beside FP32; one leaves as soon as it surely misses a budget. Those that
 * fail to run are left out.
 *
 * @param tried how many are judged in all, so that the luckiest of many is not taken for good: each is judged at a confidence
 *   of 1 − (1 − c) / tried (Bonferroni)
 */
export async function measureAttempts(
  attempts: readonly Ready[],
  tried: number,
  { prepared, evidence, context }: Trial,
): Promise<(MeasuredAttempt & Ready)[]> {
  const named = attempts.map((attempt, i) => {
    const { candidate } = attempt;
    const emulation = { ...candidate.emulation, name: `${attempt.config.id}/recover/${i + 1}` };
    return { ...attempt, candidate: { ...candidate, emulation } };
  });
  const contest = {
    contestants: named.map(({ candidate }) => candidate.emulation),
    references: evidence.fp32.references,
  };
  const stricter = withConfidence(prepared, 1 - (1 - prepared.config.budget.confidence) / tried);
  const refusals = new Map(
    named.map(({ candidate }) => [candidate.emulation.name, missesBudget(stricter, candidate, evidence)]),
  );
  const { evaluations } = await evaluateChanges(prepared, contest, refusals, context);
  return named.flatMap((attempt) => {
    const { name } = attempt.candidate.emulation;
    if (!evaluations.has(name)) return [];
    return [{ ...attempt, result: judgeTarget(stricter, attempt.candidate, { ...evidence, evaluations }) }];
  });
}

function withConfidence({ config, ...prepared }: Prepared, confidence: number): Prepared {
  return { ...prepared, config: { ...config, budget: { ...config.budget, confidence } } };
}

function missesBudget(prepared: Prepared, candidate: Candidate, { fp32, lookup }: Evidence): IsRefused {
  return ({ scores, looked }) =>
    sureVerdict(prepared, candidate, lookup, { scores, fp32: ofSeen(fp32.scores, looked), looked }) ===
    'fail';
}
