import type { TargetConfig } from '../../config/target-id.ts';
import { mayHaveChannelScales } from '../../quantization/channel-scales.ts';
import type { Explained } from '../advise.ts';
import type { Evidence } from '../evidence.ts';
import type { Candidate } from '../judge.ts';
import type { Context, Prepared } from '../prepare.ts';
import { readRepairSamples } from '../repair-samples.ts';
import type { Attempt, MeasuredAttempt, Ready } from './attempt.ts';
import { deadlineIn } from './deadline.ts';
import { type CurvePoint, inHigherPrecision, mostPrecisions } from './higher-precision.ts';
import { measureLearned, measureRecipes, mostRecipes } from './measure-recipes.ts';
import { newSearch, type RecoveryPlan } from './search.ts';

/** What was found for a target that does not keep its budgets. */
export interface Recovery {
  /** The smallest change that keeps every budget; the best one where none does; undefined where nothing helps. */
  readonly plan: RecoveryPlan | undefined;
  /** All that was tried, in that order. */
  readonly attempts: readonly (Attempt | MeasuredAttempt)[];
  /** The more layers in higher precision, the less is lost; empty where that was not tried. */
  readonly curve: readonly CurvePoint[];
  /** Whether time ended before all was tried. */
  readonly isCut: boolean;
}

/** As a target was judged, with what advice has found of ranges. */
export interface Unrecovered extends Explained {
  /** Other ranges, each as the target's config would have them. */
  readonly ranges: readonly TargetConfig[];
}

/** What a search may take, and what hears how far it is. */
export interface SearchInput {
  readonly evidence: Evidence;
  /** After which nothing more is begun. */
  readonly seconds: number;
  /** Called after each change that was tried. */
  readonly advance?: () => void;
}

/** How many changes `recoverTarget` tries at most. */
export function mostAttempts({ result, ranges }: Unrecovered): number {
  const { candidate, judgement } = result;
  const recipes = mostRecipes(candidate);
  if (judgement.verdict === 'pass') return recipes;
  return ranges.length + (hasChannels(candidate) ? 1 : 0) + recipes + mostPrecisions(candidate);
}

/**
 * Seeks the smallest change of a target that keeps every budget: ranges, then a scale for each channel, then a recipe, then
 * layers in higher precision, then learned rounding. What repairs has never seen an evaluation sample, and each change that is
 * evaluated makes the next one harder to believe.
 */
export async function recoverTarget(
  prepared: Prepared,
  unrecovered: Unrecovered,
  { evidence, seconds, advance }: SearchInput,
  context: Context,
): Promise<Recovery> {
  const samples = await readRepairSamples(prepared, context);
  const trial = { prepared, evidence, samples, context };
  const search = newSearch(trial, deadlineIn(seconds, context.now), advance);
  const { candidate } = unrecovered.result;
  const measure = async (kind: Attempt['kind'], configs: readonly TargetConfig[]) => {
    const all: Ready[] = [];
    for (const config of configs) {
      const ready = await search.ready({ kind, config });
      if (ready !== undefined) all.push(ready);
    }
    await search.measure(all);
  };
  // A target that passes needs no change of its scheme; a recipe may still win something back.
  const passes = unrecovered.result.judgement.verdict === 'pass';
  if (!passes) await measure('ranges', unrecovered.ranges);
  if (!passes && !search.isDone() && hasChannels(candidate))
    await measure('granularity', [{ ...candidate.config, weights: 'per-channel' }]);
  if (!search.isDone()) await measureRecipes(candidate, search);
  let curve: readonly CurvePoint[] = [];
  if (!passes && !search.isUndecided() && !search.isDone())
    curve = await inHigherPrecision(unrecovered, search);
  if (!search.isUndecided() && !search.isDone()) await measureLearned(candidate, search);
  return { plan: search.best(unrecovered), attempts: search.attempts, curve, isCut: search.isCut() };
}

/** Whether the chip can give each channel of a weight a scale where the target has one for all. */
function hasChannels({ quantized: { scheme, plan } }: Candidate): boolean {
  return (
    scheme.granularity === 'per-tensor' &&
    plan.layers.some((layer) => mayHaveChannelScales(scheme.target, layer))
  );
}
