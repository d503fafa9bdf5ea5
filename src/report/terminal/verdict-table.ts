import { printable } from '../../errors.ts';
import type { Verdict } from '../../verdict/combine.ts';
import { change } from '../../words/counts.ts';
import { difference, level, measured } from '../../words/figures.ts';
import { decidingLoss } from '../losses.ts';
import { ofSamples } from '../of-samples.ts';
import type { JudgedTarget, ModelReport, Report, TargetReport } from '../report-schema.ts';
import { wholeFailure } from '../whole-failure.ts';
import { type Look, type Span, type StyledLine, span, textWidth, wrapped } from './styled.ts';

/** How a verdict looks. */
export const verdictLooks: Readonly<Record<Verdict, { readonly symbol: string; readonly look: Look }>> = {
  pass: { symbol: '✓', look: 'green' },
  fail: { symbol: '✗', look: 'red' },
  inconclusive: { symbol: '?', look: 'yellow' },
  error: { symbol: '!', look: 'red' },
};

/** Rows; of more, those that pass are counted. */
const MOST_ROWS = 20;
const GAP = 2;
const DASH = '–';

interface Row {
  readonly model: string;
  readonly target: string;
  readonly verdict: Verdict;
  /** Undefined where nothing was measured. */
  readonly figures:
    | { readonly values: string; readonly loss: string; readonly interval: string; readonly allowed: string }
    | undefined;
}

/**
 * A row for each target of a report, in columns where they have room, else a paragraph for each. Of more than twenty, those that
 * pass are left out and counted.
 *
 * @param columns of the terminal, at least 1
 */
export function verdictTable(report: Pick<Report, 'models'>, columns: number): StyledLine[] {
  const judged = report.models.flatMap(({ targets }) => targets.filter(isJudged));
  const [name, ...names] = new Set(judged.map(({ metric }) => printable(metric.name)));
  const metric = names.length === 0 ? name : undefined;
  const named = { metric: metric === undefined, level: levelsOf(judged).size > 1 };
  const all = report.models.flatMap((model) => rowsOf(model, named));
  const open = all.filter(({ verdict }) => verdict !== 'pass');
  const rows = (all.length > MOST_ROWS ? open : all).slice(0, MOST_ROWS);
  const table = inColumns(rows, titles(judged, metric));
  const isTooWide = table.some((line) => widthOf(line) > columns);
  const left = all.length - rows.length;
  return [
    ...(isTooWide ? rows.flatMap((row) => paragraph(row, columns, metric)) : table),
    ...(left > 0 ? wrapped(span(''), [span(leftOut(all, rows), 'dim')], columns) : []),
  ];
}

function isJudged(target: TargetReport): target is JudgedTarget {
  return target.verdict !== 'error';
}

function leftOut(all: readonly Row[], rows: readonly Row[]): string {
  const left = all.filter((row) => !rows.includes(row));
  const passing = left.filter(({ verdict }) => verdict === 'pass').length;
  const others = left.length - passing;
  const words = [
    ...(others > 0 ? [`${others} more do not pass`] : []),
    ...(passing > 0 ? [`${passing} pass`] : []),
  ];
  return `beside these, ${words.join(', ')}`;
}

function titles(judged: readonly JudgedTarget[], metric: string | undefined): Record<string, string> {
  const isInt8 = judged.every(
    ({ scheme: { precision, weightBits, activationBits } }) =>
      precision === undefined && weightBits === 8 && activationBits === 8,
  );
  const levels = levelsOf(judged);
  return {
    model: 'model',
    target: 'target',
    verdict: 'verdict',
    values: `${metric === undefined ? '' : `${metric} `}FP32 → ${isInt8 ? 'INT8' : 'quantized'}`,
    loss: 'loss',
    interval: levels.size === 1 ? `${[...levels][0]} interval` : 'interval',
    allowed: 'allowed',
  };
}

function levelsOf(judged: readonly JudgedTarget[]): Set<string> {
  return new Set(judged.map((each) => level(each.metric.confidence)));
}

/** What each row says, as it is not the same of all. */
interface Named {
  readonly metric: boolean;
  readonly level: boolean;
}

function rowsOf(model: ModelReport, named: Named): Row[] {
  if (wholeFailure(model) !== undefined)
    return [{ model: model.name, target: 'all', verdict: 'error', figures: undefined }];
  return model.targets.map((target) => ({
    model: model.name,
    target: target.target,
    verdict: target.verdict,
    figures: isJudged(target) ? figuresOf(target, named) : undefined,
  }));
}

function figuresOf(target: JudgedTarget, named: Named): Row['figures'] {
  const { metric, floor } = target;
  const { unit, name, fp32, quantized } = metric;
  const values = `${measured(fp32, unit)} → ${measured(quantized, unit)}${ofSamples(metric)}`;
  const deciding = decidingLoss(target);
  const [loss, by] = lossOf(target);
  const least = floor === undefined ? undefined : `at least ${measured(floor.value, unit)}`;
  const budget = deciding === 'floor' ? metric.budget : deciding.budget;
  const allowed = [
    ...(budget === null ? [] : [change(budget, unit)]),
    ...(least === undefined ? [] : [least]),
  ];
  return {
    values: named.metric ? `${printable(name)} ${values}` : values,
    loss: change(loss.drop, unit),
    interval: `[${loss.interval.map((end) => difference(end, unit)).join(', ')}]${named.level ? ` at ${level(metric.confidence)}` : ''}${by}`,
    allowed: allowed.length === 0 ? DASH : allowed.join(', '),
  };
}

/** The loss that decides, and which it is where that is not quantization's. */
function lossOf(target: JudgedTarget): [Pick<JudgedTarget['metric'], 'drop' | 'interval'>, string] {
  const { metric, base } = target;
  const deciding = decidingLoss(target);
  if (deciding === 'floor' || base === undefined || deciding.by === 'by quantization') return [metric, ''];
  return [deciding.by === 'by training' ? base.training! : base.onChip, ` ${deciding.by}`];
}

const leftAligned: readonly string[] = ['model', 'target', 'verdict', 'values', 'interval'];
const keys = ['model', 'target', 'verdict', 'values', 'loss', 'interval', 'allowed'] as const;

function inColumns(rows: readonly Row[], title: Record<string, string>): StyledLine[] {
  const head = keys.map((key) => span(title[key], 'dim'));
  const cells = [head, ...rows.map(cellsOf)];
  const widths = keys.map((_, i) => Math.max(...cells.map((row) => textWidth(row[i].text))));
  return cells.map((row) =>
    row.flatMap((cell, i) => {
      const padding = ' '.repeat(widths[i] - textWidth(cell.text));
      const gap = i === 0 ? '' : ' '.repeat(i === keys.indexOf('interval') ? 1 : GAP);
      const isLast = i === row.length - 1;
      return leftAligned.includes(keys[i])
        ? [{ text: gap }, cell, { text: isLast ? '' : padding }]
        : [{ text: gap + padding }, cell];
    }),
  );
}

function cellsOf({ model, target, verdict, figures }: Row): Span[] {
  const { symbol, look } = verdictLooks[verdict];
  const { values = DASH, loss = DASH, interval = '', allowed = DASH } = figures ?? {};
  return [
    span(model),
    span(target),
    span(`${symbol} ${verdict}`, look),
    span(values),
    span(loss, verdict === 'pass' ? undefined : 'bold'),
    span(interval, 'dim'),
    span(allowed),
  ];
}

function paragraph(
  { model, target, verdict, figures }: Row,
  columns: number,
  metric: string | undefined,
): StyledLine[] {
  const { symbol, look } = verdictLooks[verdict];
  const first = wrapped(
    span(`${symbol} ${verdict} `, look),
    [span(`${model} on ${target}`, 'bold')],
    columns,
  );
  if (figures === undefined) return first;
  const { values, loss, interval, allowed } = figures;
  const text = `${metric === undefined ? '' : `${metric} `}${values}, loss ${loss} ${interval}, allowed ${allowed}`;
  return [...first, ...wrapped(span('  '), [span(text)], columns)];
}

function widthOf(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + textWidth(text), 0);
}
