import type { TargetConfig } from '../../config/target-id.ts';
import { precisionCost } from '../../quantization/precision-cost.ts';
import type { JudgedTarget } from '../../report/report-schema.ts';
import type { Stopped } from '../../verdict/looks.ts';
import type { Prepared } from '../prepare.ts';
import type { Attempt, MeasuredAttempt } from './attempt.ts';
import type { Recovery } from './recover-target.ts';
import type { Recovered } from './try-to-recover.ts';

type RecoveryReport = NonNullable<JudgedTarget['recovery']>;

/**
 * What recovery found, for report.json.
 *
 * @param before the target as it was judged
 * @param files of the plan, relative to the folder of the report
 */
export function describeRecovery(
  recovered: Recovered,
  before: TargetConfig,
  prepared: Prepared,
  files: readonly string[],
): RecoveryReport {
  if ('notRecovered' in recovered) return { plan: null, attempts: [], problem: recovered.notRecovered };
  const { plan, attempts, curve, isCut } = recovered;
  return {
    plan: plan === undefined ? null : planOf(plan, before, prepared, files),
    attempts: attempts.map((attempt) => attemptOf(attempt, before)),
    ...(curve.length > 0 && {
      curve: curve.map(({ stopped, ...point }) => ({ ...point, ...stopOf(stopped) })),
    }),
    ...(isCut && { isCut }),
  };
}

function planOf(
  plan: NonNullable<Recovery['plan']>,
  before: TargetConfig,
  { shaped }: Prepared,
  files: readonly string[],
): NonNullable<RecoveryReport['plan']> {
  const { config, candidate, result, standing, kind } = plan;
  const { quantized, drop, interval, confidence, verdict, reasons, samplesToDecide } = result.judgement;
  const own = new Set([...config.layers.keys()].filter((name) => !before.layers.has(name)));
  return {
    kind,
    standing,
    changes: changesOf(config, before),
    measured: {
      quantized,
      drop,
      interval: [interval[0], interval[1]],
      confidence,
      verdict,
      samplesToDecide,
      ...stopOf(result.stopped),
    },
    reasons: [...reasons],
    ...(own.size > 0 && { cost: precisionCost(candidate.quantized, own, shaped) }),
    files: [...files],
  };
}

function attemptOf(
  attempt: Attempt | MeasuredAttempt,
  before: TargetConfig,
): RecoveryReport['attempts'][number] {
  const { kind, config, outputNsr } = attempt;
  const { layers, ranges, ...others } = changesOf(config, before);
  return {
    kind,
    ...others,
    ...(layers && { layers: Object.keys(layers).length }),
    ...(ranges && { ranges: Object.keys(ranges).length }),
    ...(Number.isFinite(outputNsr) && { outputNsr }),
    ...('result' in attempt && {
      measured: {
        quantized: attempt.result.judgement.quantized,
        drop: attempt.result.judgement.drop,
        verdict: attempt.result.judgement.verdict,
        ...stopOf(attempt.result.stopped),
      },
    }),
  };
}

/** On how many samples figures are that are not of all. */
function stopOf(stopped: Stopped | undefined): { readonly stopped?: Pick<Stopped, 'at' | 'of'> } {
  return stopped === undefined ? {} : { stopped: { at: stopped.at, of: stopped.of } };
}

/** What the configuration has to say otherwise. */
function changesOf(
  { weights, range, recipe, layers, ranges }: TargetConfig,
  before: TargetConfig,
): NonNullable<RecoveryReport['plan']>['changes'] {
  const ownRanges = [...ranges].filter(([tensor, range]) => before.ranges.get(tensor) !== range);
  const ownLayers = [...layers].filter(([name, layer]) => before.layers.get(name) !== layer);
  return {
    ...(weights !== before.weights && { weights }),
    ...(range !== before.range && { range }),
    ...(recipe !== before.recipe && { recipe: [...recipe] }),
    ...(ownLayers.length > 0 && { layers: Object.fromEntries(ownLayers) }),
    ...(ownRanges.length > 0 && { ranges: Object.fromEntries(ownRanges) }),
  };
}
