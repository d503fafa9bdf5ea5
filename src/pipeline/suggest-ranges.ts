import { betterHalf, changedRanges, isWorse, type RangeChange } from '../advice/range-changes.ts';
import { fullNsr } from '../attribution/impact/impact.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { onCommon } from '../evaluation/looked.ts';
import { type Quantized, withRanges } from '../quantization/quantized.ts';
import { compare } from '../verdict/comparison.ts';
import { forProbes } from './beside-probes.ts';
import type { AsJudged } from './compare-range-methods.ts';
import type { Evidence } from './evidence.ts';
import type { Rounds } from './in-rounds.ts';
import type { Context, Prepared } from './prepare.ts';
import { isWorseThan } from './refused-early.ts';
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

/** A target as it was judged, which changes are compared with. */
export interface Before extends AsJudged, Evidence {}

/** Changes that take noise off the outputs, to be evaluated. */
interface Proposed {
  readonly changes: readonly RangeChange[];
  readonly quantized: Quantized;
  readonly outputGainDb: number;
}

/**
 * Errors cancel, so a set of changes is measured as a set; where it does not help, its better half is tried. A round is one
 * set; null if no set helps.
 */
export async function* suggestRanges(
  prepared: Prepared,
  changes: readonly RangeChange[],
  before: Before,
  context: Context,
): Rounds<Suggestion | null> {
  const name = `${before.name}/suggested`;
  const isRefused = isWorseThan(before, prepared);
  let proposed = await worthEvaluating(prepared, changes, before, context);
  while (proposed !== undefined) {
    const evaluations = yield [{ name, quantized: proposed.quantized, isRefused }];
    const suggestion = borneOut(prepared, proposed, before, evaluations.get(name));
    if (suggestion !== null) return suggestion;
    proposed = await worthEvaluating(prepared, betterHalf(proposed.changes), before, context);
  }
  return null;
}

/** Of a set and its better halves, the largest that is worth an evaluation; undefined if none is. */
async function worthEvaluating(
  { readOutputs }: Prepared,
  proposed: readonly RangeChange[],
  { quantized, probes, outputNsr }: Before,
  { runtime }: Context,
): Promise<Proposed | undefined> {
  for (let changes = proposed; changes.length > 0; changes = betterHalf(changes)) {
    const changed = withRanges(quantized, changedRanges(changes));
    const { runtime: probing } = forProbes(probes, runtime);
    const after = await fullNsr(changed, probes.batches, probing, readOutputs);
    if (isWorthEvaluating(outputNsr, after))
      return { changes, quantized: changed, outputGainDb: 10 * Math.log10(outputNsr / after) };
  }
  return undefined;
}

function borneOut(
  { metric, config }: Prepared,
  { changes, outputGainDb }: Proposed,
  before: Before,
  evaluation: Evaluation | undefined,
): Suggestion | null {
  const { confidence } = config.budget;
  if (evaluation === undefined) return null;
  if (isWorse(compare(metric, ...onCommon(before, evaluation), confidence))) return null;
  const { quantized, drop } = compare(metric, before.fp32.scores, evaluation.scores, confidence);
  return {
    changes,
    measured: { quantized, drop, ...(Number.isFinite(outputGainDb) && { outputGainDb }) },
  };
}
