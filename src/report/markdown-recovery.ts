import { basename, dirname } from 'node:path/posix';
import { markdownTable } from 'markdown-table';
import { change, count, listed } from '../words/counts.ts';
import { level, measured } from '../words/figures.ts';
import type { MetricUnit } from '../words/metric-units.ts';
import { sqnrText } from '../words/ranges.ts';
import { shellCommand } from '../words/shell-command.ts';
import { bestCure } from './best-cure.ts';
import { escapeCode, escapeText } from './escape.ts';
import { renderPrecisionCurve } from './markdown-chart.ts';
import { filesText } from './markdown-files.ts';
import { MOST_ENTRIES, pasteBlock } from './markdown-paste.ts';
import { ofFirst, ofSamples } from './of-samples.ts';
import {
  isApplicable,
  type PlanReport,
  planChanges,
  type RecoveryReport,
  settingsOf,
} from './recovery-plan.ts';
import type { JudgedTarget } from './report-schema.ts';
import { layersText } from './scheme-words.ts';
import { entriesOf } from './target-item.ts';

type AttemptReport = RecoveryReport['attempts'][number];

/** How much of a recovery is shown. */
export interface RecoveryDetail {
  /** Rows of what was tried. */
  readonly attempts: number;
  /** The block to paste. */
  readonly suggestions: boolean;
  readonly charts: boolean;
}

/**
 * What was tried to recover a target, folded, with the files that the plan leaves, and the plan itself where it is not in view
 * already. Empty where nothing was tried.
 */
export function renderRecovery(target: JudgedTarget, detail: RecoveryDetail): string {
  const { recovery } = target;
  if (recovery === undefined) return '';
  const { plan } = recovery;
  const isSeen = target.verdict !== 'pass' && bestCure(target)?.block !== undefined;
  const block = plan !== null && detail.suggestions ? planBlock(target, plan, isSeen) : [];
  const tried = detail.attempts > 0 && recovery.attempts.length > 0 ? triedOf(target, recovery, detail) : [];
  const inside = [...block, ...tried];
  const summary = `<details><summary>Recovery: what was tried on ${escapeText(target.target)}</summary>`;
  return inside.length === 0 ? '' : [summary, ...inside, '</details>'].join('\n\n');
}

/** @param isSeen whether the block is in view already */
function planBlock(target: JudgedTarget, plan: PlanReport, isSeen: boolean): string[] {
  const changes = planChanges(plan);
  const entries = entriesOf(target, changes);
  const isApplied = isApplicable(plan);
  const apply = isApplied ? `, and \`${shellCommand('run', '--apply', target.target)}\` writes them` : '';
  const long = [`The ${count(entries)} entries are in report.json${apply}.`];
  const block = entries > MOST_ENTRIES ? long : isSeen ? [] : [pasteBlock(target, changes, { isApplied })];
  const renaming = (['weights', 'range'] as const).filter((key) => changes[key] !== undefined);
  return [
    ...block,
    ...(renaming.length > 0 ? [renamingText(renaming)] : []),
    ...(plan.files.length > 0 ? [`${repaired(plan)}: ${placeOf(plan.files)}.`] : []),
  ];
}

function renamingText(keys: readonly string[]): string {
  const named = listed(keys.map((key) => `\`${key}:\``));
  const is = keys.length === 1 ? 'is' : 'are';
  return `${named} ${is} part of the target's name, under which its history begins anew.`;
}

function repaired({ changes: { recipe = [] } }: PlanReport): string {
  return recipe.length > 0 ? 'The repaired model and its parameters' : 'Its parameters';
}

/** A folder with its files, the first few of them. */
function placeOf(files: readonly string[]): string {
  const folder = dirname(files[0]);
  if (files.some((file) => dirname(file) !== folder)) return filesText(files);
  return `${escapeCode(`${folder}/`, 200)} with ${filesText(files.map((file) => basename(file)))}`;
}

function triedOf(target: JudgedTarget, recovery: RecoveryReport, detail: RecoveryDetail): string[] {
  const { attempts, plan, curve = [] } = recovery;
  const { name, unit } = target.metric;
  const row = plan === null ? -1 : attempts.findIndex((attempt) => isPlan(attempt, plan));
  const rows = attempts.slice(0, detail.attempts).map((attempt, i) => rowOf(attempt, i === row, unit));
  const table = markdownTable(
    [['Change', 'Output SQNR', escapeText(name), 'Drop', 'Verdict'], nowOf(target), ...rows],
    {
      alignDelimiters: false,
      padding: false,
    },
  );
  const left = attempts.length - rows.length;
  return [
    table,
    ...(left > 0 ? [`${count(left)} more are in report.json.`] : []),
    aboutAttempts(recovery),
    ...(curve.length > 0 ? [curveText(curve, unit)] : []),
    ...(detail.charts ? [renderPrecisionCurve(curve, unit)].filter((chart) => chart !== '') : []),
  ];
}

/** The target as it was judged, whose outputs other samples measured. */
function nowOf({ verdict, metric }: JudgedTarget): string[] {
  const { quantized, drop, unit } = metric;
  return [`now${ofSamples(metric).replace(' ', ', ')}`, '', ...figuresOf({ quantized, drop, verdict }, unit)];
}

/** What was tried says how many layers and ranges it has, not which. */
function isPlan(attempt: AttemptReport, { kind, changes, measured: after }: PlanReport): boolean {
  const same = (a: readonly string[], b: readonly string[]) => a.join() === b.join();
  return (
    attempt.kind === kind &&
    same(settingsOf(attempt), settingsOf(changes)) &&
    (attempt.layers ?? 0) === Object.keys(changes.layers ?? {}).length &&
    (attempt.ranges ?? 0) === Object.keys(changes.ranges ?? {}).length &&
    attempt.measured?.drop === after.drop
  );
}

function rowOf(attempt: AttemptReport, isPlanned: boolean, unit: MetricUnit): string[] {
  const { outputNsr, layers, ranges, measured: after } = attempt;
  const change = [
    ...(layers === undefined ? [] : [`${layersText(layers)} in higher precision`]),
    ...(ranges === undefined ? [] : [ranges === 1 ? '1 range' : `${count(ranges)} ranges`]),
    ...settingsOf(attempt).map((setting) => escapeCode(setting, 200)),
    ...(after?.stopped === undefined ? [] : [ofFirst(after).trimStart()]),
  ].join(', ');
  return [
    isPlanned ? `**${change}: the plan**` : change,
    outputNsr === undefined ? '–' : sqnrText(outputNsr),
    ...figuresOf(after, unit),
  ];
}

function figuresOf(after: AttemptReport['measured'], unit: MetricUnit): string[] {
  if (after === undefined) return ['–', '–', '–'];
  return [measured(after.quantized, unit), change(after.drop, unit), after.verdict];
}

function aboutAttempts({ plan, attempts }: RecoveryReport): string {
  const noise = 'Output SQNR is that of calibration samples kept apart.';
  if (attempts.every((attempt) => attempt.measured === undefined)) return noise;
  const strict = plan === null ? '' : `: the plan at ${level(plan.measured.confidence)}`;
  const isStopped = attempts.some(({ measured: after }) => after?.stopped !== undefined);
  const early = isStopped ? ' What surely missed a budget was not evaluated further.' : '';
  return `${noise} The best few were evaluated, and judged the more strictly the more of them there were${strict}.${early}`;
}

function curveText(curve: NonNullable<RecoveryReport['curve']>, unit: MetricUnit): string {
  const points = curve.map((point) => `${count(point.layers)}: ${change(point.drop, unit)}${ofFirst(point)}`);
  return `Drop by the number of layers in higher precision: ${points.join(', ')}.`;
}
