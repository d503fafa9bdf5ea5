import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelConfig } from '../../config/config.ts';
import type { Snapshot } from '../../history/snapshot.ts';
import type { TargetCheck, VerifiedModel } from '../../verification/verification-schema.ts';
import { NOT_ASKED_FOR } from '../attribute.ts';
import { calibrationOf } from '../calibrate.ts';
import { candidatesOf } from '../candidates.ts';
import { checkEvaluation } from '../check-evaluation.ts';
import { evaluationSha256 } from '../find-baseline.ts';
import { type Context, prepare } from '../prepare.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { checkOf } from './check-of.ts';
import { findElsewhere, type VerifyInput } from './find-elsewhere.ts';
import { measureBeside, type Rival } from './measure-beside.ts';

/** What the targets of a model came to, and what each was quantized by. */
export interface ModelCheck {
  readonly model: VerifiedModel;
  /** By target; none of one that could not be made ready. */
  readonly snapshots: ReadonlyMap<string, Snapshot>;
}

/**
 * The whole way of a check: makes the prediction of every target once more, has their files run elsewhere or reads what
 * ran elsewhere, and compares both on the same samples. A target that fails is an error and takes no other with it.
 *
 * @throws UserError when the model or its samples cannot be used at all, or what a device returned cannot be read
 */
export async function verifyModel(
  config: ModelConfig,
  input: VerifyInput,
  context: Context,
): Promise<ModelCheck> {
  const prepared = await prepare(config, context);
  await checkEvaluation(prepared, context);
  const dataSha256 = await evaluationSha256(prepared, context);
  const calibration = await calibrationOf(prepared, undefined, context);
  const { candidates, failed } = await candidatesOf(prepared, calibration, context);
  const own = await mkdtemp(join(tmpdir(), 'quantgate-verify-'));
  try {
    const { found, problems } = await findElsewhere(prepared, candidates, { ...input, own }, context);
    const rivals = [...found].map(([candidate, { outputs }]): Rival => ({ candidate, elsewhere: outputs }));
    const [metrics] = [...found.values()].flatMap((each) => each.metrics ?? []);
    const beside = await measureBeside(prepared, rivals, metrics?.samples ?? input.samples, context);
    const reasons = new Map([
      ...failed.map(({ config: { id }, problem }) => [id, problem] as const),
      ...problems,
    ]);
    const checks = new Map<string, TargetCheck>();
    for (const rival of rivals) {
      const { candidate } = rival;
      const side = beside.results.get(rival);
      if (side === undefined) reasons.set(candidate.config.id, beside.failures.get(rival)!);
      else
        checks.set(
          candidate.config.id,
          checkOf(prepared, candidate.config, found.get(candidate)!, { fp32: beside.fp32, ...side }),
        );
    }
    const targets = config.targets.map(
      ({ id, chip }): TargetCheck =>
        checks.get(id) ?? { target: id, chip, outcome: 'error', reasons: [reasons.get(id)!] },
    );
    return {
      model: { name: config.name, modelSha256: prepared.model.sha256, dataSha256, targets },
      snapshots: new Map(candidates.map((each) => [each.config.id, snapshotOf(each, NOT_ASKED_FOR)])),
    };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
