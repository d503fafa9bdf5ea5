import type { ModelConfig } from '../config/config.ts';
import type { Shard } from '../data/shard.ts';
import { type ExplanationShard, filesOfPlan, RECOVERED } from '../report/explanation-record.ts';
import { sha256Of } from '../sha256.ts';
import { describeTarget, isJudged, type TargetFinding } from './describe.ts';
import { describeFailedTarget } from './describe-failure.ts';
import type { Evidence } from './evidence.ts';
import type { ChipFile } from './export.ts';
import { forEachModel } from './failure.ts';
import { findTargets } from './find-targets.ts';
import type { GateInput } from './gate-input.ts';
import { explanationIdentity } from './given-explanation.ts';
import type { Context, Prepared } from './prepare.ts';
import { booked, secondsOf } from './progress.ts';

/** Targets of models, by the name of their model. */
export type Share = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The targets that one of several runners explains: all of all models, dealt out in turn, so that models and chips that take
 * long are everybody's. Models of which it has none are left out.
 */
export function shareOf(models: readonly ModelConfig[], { index, count }: Shard): Share {
  let dealt = 0;
  const own = models.map(({ name, targets }) => {
    const ids = targets.flatMap(({ id }) => (dealt++ % count === index - 1 ? [id] : []));
    return [name, new Set(ids)] as const;
  });
  return new Map(own.filter(([, ids]) => ids.size > 0));
}

/** What one runner is to explain. */
export interface ShareInput {
  readonly shard: Shard;
  readonly input: Omit<GateInput, 'explanations'>;
}

/**
 * Explains the share of a runner, model by model; one that fails does not take the others.
 *
 * @param take takes what was explained of a model, undefined where none of its targets in this share can be judged
 * @returns a line for each model that failed
 */
export function explainShares(
  { shard, input }: ShareInput,
  context: Context,
  take: (model: string, explanation: ExplanationShard | undefined) => Promise<void>,
): Promise<string[]> {
  const { models } = input.config;
  const shares = shareOf(models, shard);
  const own = models.filter(({ name }) => shares.has(name));
  return forEachModel(own, context.signal, async (model) => {
    const share = shares.get(model.name)!;
    await take(model.name, await explainShare(model, { shard, input, share }, context));
  });
}

/**
 * Judges some targets of a model, by their ids, to attribute their losses, advise and recover, for a gate on another runner.
 * Files for the chips are the gate's to write, but for those of recoveries.
 *
 * @returns undefined where none of them can be judged
 * @throws UserError when the model or its samples cannot be used at all
 */
async function explainShare(
  model: ModelConfig,
  { shard, share, input }: ShareInput & { readonly share: ReadonlySet<string> },
  context: Context,
): Promise<ExplanationShard | undefined> {
  const hashes = new Map<string, string>();
  const writeChipFile = async (file: ChipFile) => {
    if (!file.path.startsWith(`${RECOVERED}/`)) return;
    await input.writeChipFile(file);
    hashes.set(file.path, sha256Of(file.content));
  };
  const found = await booked(`${model.name}/judge`, context, () =>
    findTargets(model, { ...input, writeChipFile }, context, share),
  );
  if ('failed' in found) return undefined;
  const { prepared, evidence, problem } = found;
  // The gate sees by itself that FP32 cannot be right.
  const findings = problem === undefined ? found.findings : [];
  const identity = await explanationIdentity(prepared, evidence, context);
  const own = Object.entries(secondsOf(context.times)).filter(([stage]) =>
    stage.startsWith(`${model.name}/`),
  );
  return {
    identity,
    shard,
    targets: findings.map((finding) => explained(finding, prepared, evidence, hashes)),
    seconds: Object.fromEntries(own),
  };
}

function explained(
  finding: TargetFinding,
  prepared: Prepared,
  evidence: Evidence,
  hashes: ReadonlyMap<string, string>,
): ExplanationShard['targets'][number] {
  if (!isJudged(finding)) return { entry: describeFailedTarget(finding), recovered: [] };
  const entry = describeTarget(prepared, finding, evidence);
  const { attributed, advised } = finding;
  return {
    entry,
    notAttributed: 'notAttributed' in attributed ? attributed.notAttributed : undefined,
    notAdvised: advised.notAdvised,
    recovered: filesOfPlan(entry).map((path) => [path, hashes.get(path)!]),
  };
}
