import { keysOf, keyText, type TargetChanges } from '../config/target-changes.ts';
import { printable } from '../errors.ts';
import { outlook } from '../verdict/verdict.ts';
import { bareInterval, change, changeInterval, count, listed, roughCount } from '../words/counts.ts';
import { level, measured } from '../words/figures.ts';
import { tinyShare } from '../words/ranges.ts';
import { ofFirst } from './of-samples.ts';
import type { JudgedTarget } from './report-schema.ts';
import { layerGroups, layersText } from './scheme-words.ts';

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
export function planSentence(target: JudgedTarget, plan: PlanReport): string {
  const words = planWords(target, plan);
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}

/** `planSentence` without its capital and its full stop. */
export function planWords({ metric }: JudgedTarget, plan: PlanReport): string {
  const { quantized, drop, interval, confidence } = plan.measured;
  const { name, unit } = metric;
  const ends = changeInterval([interval[0], interval[1]], unit);
  const loss = `drop ${change(drop, unit)} ${ends} at ${level(confidence)} (measured)`;
  const figures = `${name} ${measured(quantized, unit)}${ofFirst(plan.measured)}, ${loss}`;
  return `${actionOf(plan)}: ${figures}, ${standingOf(plan, metric)}`;
}

/** What a plan was measured to come to, what it costs, and what is missing; plain text. */
export function planFigures({ metric }: JudgedTarget, plan: PlanReport): string {
  const { cost, standing, measured: after } = plan;
  const { unit } = metric;
  const ends = bareInterval([after.interval[0], after.interval[1]], unit);
  return [
    `${metric.name} ${measured(after.quantized, unit)}${ofFirst(after)}, drop ${change(after.drop, unit)} ${ends} at ${level(after.confidence)}`,
    ...(cost === undefined ? [] : [`for ${costText(cost)}`]),
    ...(standing === 'keeps' ? [] : [standingOf(plan, metric)]),
  ].join('; ');
}

function actionOf({ changes, cost }: PlanReport): string {
  const { layers = {}, ranges = {} } = changes;
  const settings = settingsOf(changes).map((setting) => `\`${setting}\``);
  const pins = Object.keys(ranges).length;
  return listed([
    ...precisionWords(Object.values(layers), cost),
    ...(settings.length > 0 ? [`set ${listed(settings)}`] : []),
    ...(pins > 0 ? [`pin ${pins === 1 ? '1 range' : `${count(pins)} ranges`}`] : []),
  ]);
}

function precisionWords(
  layers: readonly NonNullable<Changes['layers']>[string][],
  cost: PlanReport['cost'],
): string[] {
  const { integers, floats, width } = layerGroups(layers);
  const words = [
    ...(integers > 0 ? [`give ${layersText(integers)} ${width === undefined ? 'more' : width} bits`] : []),
    ...(floats > 0 ? [`keep ${layersText(floats)} in floating point`] : []),
  ];
  if (cost === undefined || words.length === 0) return words;
  return [...words.slice(0, -1), `${words.at(-1)} (${costText(cost)})`];
}

/** What layers in higher precision cost. */
function costText({ weightBytes, multiplicationShare }: NonNullable<PlanReport['cost']>): string {
  const amount = roughCount(weightBytes);
  const unit = /\d$/.test(amount) ? ' B' : 'B';
  const bytes = weightBytes > 0 ? `, ${amount}${unit} more weights` : '';
  return `${tinyShare(multiplicationShare)} of the multiplications${bytes}`;
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
