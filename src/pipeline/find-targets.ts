import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { fp32Problem } from '../verdict/fp32-sanity.ts';
import { calibrationOf } from './calibrate.ts';
import { candidatesOf, withoutFailedKernels } from './candidates.ts';
import { checkEvaluation } from './check-evaluation.ts';
import { collectEvidence } from './collect-evidence.ts';
import { isJudged, type TargetFinding } from './describe.ts';
import type { Evidence } from './evidence.ts';
import { explainHere, takeExplained } from './explain-targets.ts';
import type { FailedTarget } from './failure.ts';
import type { GateInput } from './gate-input.ts';
import { explanationIdentity, type GivenTarget, givenTargets } from './given-explanation.ts';
import type { Candidate } from './judge.ts';
import { type Context, type Prepared, prepare } from './prepare.ts';
import { booked } from './progress.ts';

/** What was found out about the targets of a model. */
export interface Found {
  readonly prepared: Prepared;
  readonly evidence: Evidence;
  /** In the order of the configuration. */
  readonly findings: readonly TargetFinding[];
  /** Why FP32 itself cannot be right, so that no target can be judged. */
  readonly problem?: string;
}

/** A model of which no target is ready to be judged. */
export interface NoneReady {
  readonly prepared: Prepared;
  readonly failed: readonly FailedTarget[];
}

/**
 * The way of one model as far as a report begins, for all of its targets or some alone.
 *
 * @param asked ids of the targets
 * @throws UserError when the model or its samples cannot be used at all
 */
export async function findTargets(
  config: ModelConfig,
  input: GateInput,
  context: Context,
  asked: ReadonlySet<string> = new Set(config.targets.map(({ id }) => id)),
): Promise<Found | NoneReady> {
  const inStage = <T>(stage: string, work: () => Promise<T>) =>
    booked(`${config.name}/${stage}`, context, work);
  const isAsked = ({ config: { id } }: { readonly config: TargetConfig }) => asked.has(id);
  const prepared = await inStage('load', () => prepare(config, context));
  const targets = prepared.targets.filter(isAsked);
  if (targets.length === 0) return { prepared, failed: prepared.unplanned };
  await checkEvaluation(prepared, context);
  const calibration = await calibrationOf(prepared, input.shards.get(config.name), context);
  const { candidates, failed } = await inStage('quantize', () =>
    candidatesOf({ ...prepared, targets }, calibration, context),
  );
  if (candidates.length === 0) return { prepared, failed };
  const { evidence, failures } = await collectEvidence(prepared, calibration, candidates, { input, context });
  const { outputs, value } = evidence.fp32;
  const problem = outputs && fp32Problem(prepared.metric, value, outputs);
  if (problem !== undefined) {
    const findings = config.targets.map((target) => ({ config: target, problem }));
    return { prepared, evidence, findings, problem };
  }
  const running = withoutFailedKernels(candidates, failures);
  const [able, unable] = [true, false].map((isAble) =>
    running.filter(({ emulation }) => !failures.has(emulation.name) === isAble),
  );
  const given = await givenFor(able, prepared, evidence, { input, context });
  const found = [
    ...failed.filter(isAsked),
    ...unable.map(({ config, emulation }) => ({ config, problem: failures.get(emulation.name)! })),
    ...(given === undefined
      ? await explainHere(prepared, able, evidence, { input, context })
      : await takeExplained(prepared, able, evidence, { input, context, given })),
  ];
  const byId = new Map(found.map((each) => [idOf(each), each]));
  return { prepared, evidence, findings: config.targets.flatMap(({ id }) => byId.get(id) ?? []) };
}

/** What other runners explained of these candidates; undefined where no files of theirs are given. */
async function givenFor(
  candidates: readonly Candidate[],
  prepared: Prepared,
  evidence: Evidence,
  { input, context }: { readonly input: GateInput; readonly context: Context },
): Promise<ReadonlyMap<string, GivenTarget> | undefined> {
  const shards = input.explanations?.get(prepared.config.name);
  if (shards === undefined) return undefined;
  const ids = candidates.map(({ config: { id } }) => id);
  return givenTargets(shards, await explanationIdentity(prepared, evidence, context), ids);
}

function idOf(finding: TargetFinding): string {
  return isJudged(finding) ? finding.result.candidate.config.id : finding.config.id;
}
