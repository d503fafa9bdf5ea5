import {
  betterHalf,
  changedRanges,
  isWorse,
  type RangeChange,
  suggestionOf,
} from '../advice/range-changes.ts';
import { type Remedy, remediesOf } from '../advice/remedies.ts';
import { fullNsr } from '../attribution/impact/impact.ts';
import { onCommon } from '../evaluation/looked.ts';
import { withRanges } from '../quantization/quantized.ts';
import { isFixed } from '../quantization/shared-grids.ts';
import { compare } from '../verdict/comparison.ts';
import type { Attributed } from './attribute.ts';
import { type AsJudged, compareRangeMethods, type MethodNoise } from './compare-range-methods.ts';
import { evaluateSideBySide } from './evaluate.ts';
import type { Evidence } from './evidence.ts';
import { problemOf } from './failure.ts';
import { type Fp16Finding, isMendedByFp32 } from './find-fp16.ts';
import { emulationOf, type TargetResult } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { isWorthEvaluating } from './worth-evaluating.ts';

/** Better ranges with the metric that was measured with all of them, beside FP32. */
export interface Suggestion {
  readonly changes: readonly RangeChange[];
  readonly measured: {
    readonly quantized: number;
    readonly drop: number;
    /** How much less noise the outputs of the probe samples have; left out where it is infinite. */
    readonly outputGainDb?: number;
  };
}

/** What to do about a target's loss. */
export interface Advised {
  /** Null if no ranges help. */
  readonly suggestion: Suggestion | null;
  /** What no range mends, the costliest unit first. */
  readonly remedies: readonly Remedy[];
  /** Least noise first; empty for a target that passes, or does so in float32. */
  readonly rangeMethods: readonly MethodNoise[];
  /** Why there is no advice, where it could not be worked out: a verdict stands without it. */
  readonly notAdvised?: string;
}

/** A target's verdict and what explains it. */
export interface Explained {
  readonly result: TargetResult;
  readonly attributed: Attributed;
  /** Undefined where what is not integer is computed in float32. */
  readonly fp16?: Fp16Finding | undefined;
}

/** A target as it was judged, which changes are compared with. */
interface Before extends AsJudged, Evidence {}

/** Where none was sought. */
export const NO_ADVICE: Advised = { suggestion: null, remedies: [], rangeMethods: [] };

/** `advise`, where advice that fails is no obstacle to judging. */
export async function tryToAdvise(
  prepared: Prepared,
  explained: Explained,
  evidence: Evidence,
  context: Context,
): Promise<Advised> {
  try {
    return await advise(prepared, explained, evidence, context);
  } catch (error) {
    return { ...NO_ADVICE, notAdvised: problemOf(error, context.signal).slice(0, 300) };
  }
}

/** Proposes better ranges, keeps those that an evaluation bears out, and says what else to do. */
export async function advise(
  prepared: Prepared,
  { result, attributed, fp16 }: Explained,
  evidence: Evidence,
  context: Context,
): Promise<Advised> {
  if ('notAttributed' in attributed) return NO_ADVICE;
  const { candidate, bits, overflows, byQuantization } = result;
  const { config, quantized } = candidate;
  const { grids } = quantized.plan;
  const isOpen = (tensor: string) => !grids.has(tensor) || !isFixed(grids.get(tensor)!);
  const open = new Map([...bits.activations].filter(([tensor]) => isOpen(tensor)));
  const proposed = suggestionOf(attributed, quantized.units, open);
  const before = {
    ...evidence,
    name: config.id,
    pins: config.ranges,
    histograms: candidate.histograms,
    quantized,
    outputNsr: attributed.fullNsr,
  };
  const suggestion = await measuredSuggestion(prepared, proposed, before, context);
  const findings = {
    attribution: attributed,
    quantized,
    histograms: candidate.histograms,
    activationBits: bits.activations,
    weightBits: bits.weights,
    overflows,
    pins: config.ranges,
  };
  return {
    suggestion,
    remedies: remediesOf(findings, suggestion?.changes ?? []),
    rangeMethods:
      byQuantization === 'pass' || isMendedByFp32({ result, fp16 })
        ? []
        : await compareRangeMethods(prepared, before, context),
  };
}

/** Errors cancel, so a set of changes is measured as a set; where it does not help, its better half is tried. */
async function measuredSuggestion(
  prepared: Prepared,
  proposed: readonly RangeChange[],
  before: Before,
  context: Context,
): Promise<Suggestion | null> {
  const { metric, config, readOutputs } = prepared;
  const { confidence } = config.budget;
  const asJudged = before.evaluations.get(before.name)!;
  for (let changes = proposed; changes.length > 0; changes = betterHalf(changes)) {
    const changed = withRanges(before.quantized, changedRanges(changes));
    const after = await fullNsr(changed, before.probes.batches, context.runtime, readOutputs);
    const outputGainDb = 10 * Math.log10(before.outputNsr / after);
    if (!isWorthEvaluating(before.outputNsr, after)) continue;
    const contestant = emulationOf(`${before.name}/suggested`, changed);
    const contest = { contestants: [contestant], references: before.fp32.references };
    const { evaluations } = await evaluateSideBySide(prepared, contest, context);
    const evaluation = evaluations.get(contestant.name);
    if (evaluation === undefined) continue;
    if (isWorse(compare(metric, ...onCommon(asJudged, evaluation), confidence))) continue;
    const { quantized, drop } = compare(metric, before.fp32.scores, evaluation.scores, confidence);
    return {
      changes,
      measured: { quantized, drop, ...(Number.isFinite(outputGainDb) && { outputGainDb }) },
    };
  }
  return null;
}
