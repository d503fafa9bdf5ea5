import { suggestionOf } from '../advice/range-changes.ts';
import { type Remedy, remediesOf } from '../advice/remedies.ts';
import { isFixed } from '../quantization/shared-grids.ts';
import type { Attributed } from './attribute.ts';
import { compareRangeMethods, type MethodNoise } from './compare-range-methods.ts';
import type { Evidence } from './evidence.ts';
import { problemOf } from './failure.ts';
import { type Fp16Finding, isMendedByFp32 } from './find-fp16.ts';
import { both, inRounds, type Rounds } from './in-rounds.ts';
import type { TargetResult } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { type Suggestion, suggestRanges } from './suggest-ranges.ts';

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

/** Where none was sought. */
export const NO_ADVICE: Advised = { suggestion: null, remedies: [], rangeMethods: [] };

/**
 * Proposes better ranges for the targets of a model, keeps those that an evaluation bears out, and says what else to do. All
 * that is proposed is evaluated side by side; advice that fails is no obstacle to judging.
 *
 * @returns the advice on each, in their order
 */
export async function advise(
  prepared: Prepared,
  targets: readonly Explained[],
  evidence: Evidence,
  context: Context,
): Promise<Advised[]> {
  const works = targets.map((target) => ({
    stage: `${prepared.config.name}/${target.result.candidate.config.id}/advise`,
    rounds: adviceOn(prepared, target, evidence, context),
  }));
  const outcomes = await inRounds(works, prepared, evidence.fp32.references, context);
  return outcomes.map((outcome) =>
    'result' in outcome
      ? outcome.result
      : { ...NO_ADVICE, notAdvised: problemOf(outcome.error, context.signal).slice(0, 300) },
  );
}

async function* adviceOn(
  prepared: Prepared,
  { result, attributed, fp16 }: Explained,
  evidence: Evidence,
  context: Context,
): Rounds<Advised> {
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
    scores: result.scores,
    looked: result.looked,
  };
  const isMended = byQuantization === 'pass' || isMendedByFp32({ result, fp16 });
  const suggesting = suggestRanges(prepared, proposed, before, context);
  const [suggestion, rangeMethods] = isMended
    ? [yield* suggesting, []]
    : yield* both(suggesting, compareRangeMethods(prepared, before, context));
  const findings = {
    attribution: attributed,
    quantized,
    histograms: candidate.histograms,
    activationBits: bits.activations,
    weightBits: bits.weights,
    overflows,
    pins: config.ranges,
  };
  return { suggestion, remedies: remediesOf(findings, suggestion?.changes ?? []), rangeMethods };
}
