import { keysOf, keyText, type TargetChanges } from '../config/target-changes.ts';
import { printable } from '../errors.ts';
import { outlook } from '../verdict/verdict.ts';
import { change, changeInterval, count, listed, roughCount } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { tinyShare } from '../words/ranges.ts';
import type { JudgedTarget } from './report-schema.ts';

export type RecoveryReport = NonNullable<JudgedTarget['recovery']>;
export type PlanReport = NonNullable<RecoveryReport['plan']>;
type Changes = PlanReport['changes'];

/** What a plan changes of its target, as it is written into the configuration. */
export function planChanges({ changes: { ranges = {}, layers = {}, ...others } }: PlanReport): TargetChanges {
  return {
    ...others,
    layers: new Map(Object.entries(layers)),
    pins: Object.entries(ranges).map(([tensor, range]) => ({ tensor, ...range })),
  };
}

/** Whether a plan is written by `--apply`: it keeps the budgets, or may. */
export function isApplicable(plan: PlanReport): boolean {
  return plan.standing !== 'misses';
}

/** `weights: per-channel`, `range: kl` and `recipe: [round]`, of those that are given. */
export function settingsOf({
  weights,
  range,
  recipe,
}: Pick<Changes, 'weights' | 'range' | 'recipe'>): string[] {
  const keys = keysOf({ weights, range, recipe, pins: [] });
  return keys.map((each) => keyText(each).flow);
}

/** The plan and what it was measured to come to, in one sentence; code stands between backticks. */
export function planSentence({ metric }: JudgedTarget, plan: PlanReport): string {
  const { quantized, drop, interval } = plan.measured;
  const { name, unit } = metric;
  const loss = `drop ${change(drop, unit)} ${changeInterval([interval[0], interval[1]], unit)}`;
  return `${actionOf(plan)}: ${name} ${measured(quantized, unit)}, ${loss} (measured), ${standingOf(plan, metric)}.`;
}

function actionOf({ changes, cost }: PlanReport): string {
  const { layers = {}, ranges = {} } = changes;
  const settings = settingsOf(changes).map((setting) => `\`${setting}\``);
  const pins = Object.keys(ranges).length;
  const action = listed([
    ...precisionWords(Object.values(layers), cost),
    ...(settings.length > 0 ? [`set ${listed(settings)}`] : []),
    ...(pins > 0 ? [`pin ${pins === 1 ? '1 range' : `${count(pins)} ranges`}`] : []),
  ]);
  return `${action[0].toUpperCase()}${action.slice(1)}`;
}

function precisionWords(
  layers: readonly NonNullable<Changes['layers']>[string][],
  cost: PlanReport['cost'],
): string[] {
  const integers = layers.filter(({ float }) => !float);
  const floats = layers.length - integers.length;
  const bits = new Set(
    integers.flatMap(({ activationBits, weightBits }) => [activationBits ?? weightBits, weightBits]),
  );
  bits.delete(undefined);
  const width = bits.size === 1 ? `${[...bits][0]} bits` : 'more bits';
  const words = [
    ...(integers.length > 0 ? [`give ${layersText(integers.length)} ${width}`] : []),
    ...(floats > 0 ? [`keep ${layersText(floats)} in floating point`] : []),
  ];
  if (cost === undefined || words.length === 0) return words;
  const bytes = cost.weightBytes > 0 ? `, ${roughCount(cost.weightBytes)}B more weights` : '';
  const share = `(${tinyShare(cost.multiplicationShare)} of the multiplications${bytes})`;
  return [...words.slice(0, -1), `${words.at(-1)} ${share}`];
}

/** `8 layers` */
export function layersText(layers: number): string {
  return layers === 1 ? '1 layer' : `${count(layers)} layers`;
}

function standingOf(
  { standing, reasons, measured: { drop, interval, samplesToDecide } }: PlanReport,
  { budget, unit }: JudgedTarget['metric'],
): string {
  if (standing === 'keeps') return 'keeps every budget';
  const allowed = budget === null ? '' : `the budget of ${change(budget, unit)}`;
  const why = reasons.length === 0 ? '' : `, but ${printable(reasons[0])}`;
  if (standing === 'undecided') {
    const isOpen = budget !== null && interval[0] <= budget && budget < interval[1];
    return `within ${allowed || 'the budgets'}${isOpen ? `; ${outlook(samplesToDecide)}` : why}`;
  }
  const over = budget === null ? 0 : drop - budget;
  return `the best that was found${over > 0 ? `: ${change(over, unit)} over ${allowed}` : why}`;
}
