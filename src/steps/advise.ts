import { type Remedy, remediesOf } from '../attribute/advice.ts';
import { fullNsr } from '../attribute/impact.ts';
import { betterHalf, isWorse, type RangeChange, suggestionOf, withChanges } from '../attribute/suggestion.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { Calibration } from '../calibrate/record.ts';
import type { Score } from '../data/metrics/metric.ts';
import { emulatedModel } from '../emulate/emulate.ts';
import { compare } from '../gate/comparison.ts';
import { chooseParameters, type Parameters } from '../quantization/parameters.ts';
import type { Attributed, Probes } from './attribute.ts';
import { evaluateSideBySide } from './evaluate.ts';
import type { Candidate, TargetResult } from './judge-target.ts';
import type { Context, Prepared } from './prepare.ts';
import { compareRangeMethods, type MethodNoise } from './range-methods.ts';

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
  /** Least noise first; empty for a target that passes. */
  readonly rangeMethods: readonly MethodNoise[];
}

/** What the target was judged on. */
export interface JudgedOn {
  readonly calibration: Calibration;
  readonly fp32: Baseline;
  /** The quantized model's, of the evaluation samples. */
  readonly scores: readonly Score[];
  readonly probes: Probes;
}

const nothing: Advised = { suggestion: null, remedies: [], rangeMethods: [] };

/** Proposes better ranges, keeps those that an evaluation bears out, and says what else to do. */
export async function advise(
  prepared: Prepared,
  { candidate, bits, overflows, judgement }: TargetResult,
  attribution: Attributed,
  judgedOn: JudgedOn,
  context: Context,
): Promise<Advised> {
  if ('notAttributed' in attribution) return nothing;
  const { config, model } = prepared;
  const { parameters } = candidate;
  const { units } = candidate.target;
  const proposed = suggestionOf(attribution, units, bits.activations);
  const before = { ...judgedOn, outputNsr: attribution.fullNsr };
  const suggestion = await measuredSuggestion(prepared, candidate, proposed, before, context);
  const findings = {
    attribution,
    units,
    parameters,
    histograms: judgedOn.calibration.histograms,
    activationBits: bits.activations,
    weightBits: bits.weights,
    overflows,
    weightNames: model.weightNames,
    pins: config.ranges,
  };
  return {
    suggestion,
    remedies: remediesOf(findings, suggestion?.changes ?? []),
    rangeMethods:
      judgement.verdict === 'pass'
        ? []
        : await compareRangeMethods(prepared, candidate, judgedOn, attribution.fullNsr, context),
  };
}

/** What is less than this may be luck of the eight probe samples, and is not worth an evaluation. */
const LEAST_OUTPUT_GAIN_DB = 0.5;

/** Errors cancel, so a set of changes is measured as a set; where it does not help, its better half is tried. */
async function measuredSuggestion(
  prepared: Prepared,
  candidate: Candidate,
  proposed: readonly RangeChange[],
  before: JudgedOn & { readonly outputNsr: number },
  context: Context,
): Promise<Suggestion | null> {
  const { metric, config, model } = prepared;
  const { plan, units } = candidate.target;
  const { confidence } = config.budget;
  for (let changes = proposed; changes.length > 0; changes = betterHalf(changes)) {
    const parameters = parametersWith(changes, prepared, candidate, before.calibration);
    const after = await fullNsr(model, plan, parameters, units, before.probes.batches, context.runtime);
    const outputGainDb = 10 * Math.log10(before.outputNsr / after);
    if (!(outputGainDb >= LEAST_OUTPUT_GAIN_DB)) continue;
    const scores = await scoresOf(parameters, prepared, candidate, before.fp32, context);
    if (isWorse(compare(metric, before.scores, scores, confidence))) continue;
    const { quantized, drop } = compare(metric, before.fp32.scores, scores, confidence);
    return {
      changes,
      measured: { quantized, drop, ...(Number.isFinite(outputGainDb) && { outputGainDb }) },
    };
  }
  return null;
}

function parametersWith(
  changes: readonly RangeChange[],
  { config, model }: Prepared,
  { target: { plan, scheme } }: Candidate,
  { histograms }: Calibration,
): Parameters {
  const pins = Object.fromEntries(withChanges(config.ranges, changes));
  return chooseParameters(model, plan, scheme, histograms, pins);
}

/** Scores of the quantized model with these parameters on the evaluation samples. */
async function scoresOf(
  parameters: Parameters,
  prepared: Prepared,
  { target }: Candidate,
  { references }: Baseline,
  context: Context,
): Promise<readonly Score[]> {
  const { model, overflows } = emulatedModel(prepared.model, target.plan, parameters, 'integer');
  const contestant = {
    name: `${target.config.id}/suggested`,
    model,
    optimize: 'float',
    counters: overflows,
  } as const;
  const evaluations = await evaluateSideBySide(prepared, [contestant], references, context);
  return evaluations.get(contestant.name)!.scores;
}
