import { markdownTable } from 'markdown-table';
import { sparkline } from '../history/sparkline.ts';
import { change, changeInterval, count } from '../words/counts.ts';
import { difference, level, measured } from '../words/figures.ts';
import { escapeText } from './escape.ts';
import type { JudgedTarget, TargetReport } from './report-schema.ts';
import { precisionText, schemeText } from './scheme-words.ts';

interface Column {
  readonly title: string;
  cell(target: JudgedTarget): string;
}

type Difference = Pick<JudgedTarget['metric'], 'drop' | 'interval'>;

function lossText({ drop, interval }: Difference, { metric: { unit } }: JudgedTarget): string {
  return `${difference(drop, unit)} ${changeInterval([interval[0], interval[1]], unit)}`;
}

const shift = (from: number | null, to: number, { metric: { unit } }: JudgedTarget) =>
  `${from === null ? '–' : measured(from, unit)} → ${measured(to, unit)}`;

const always: readonly Column[] = [
  {
    title: 'Lost / gained',
    cell: ({ metric: { flips } }) => (flips ? `${count(flips.lost)} / ${count(flips.gained)}` : '–'),
  },
  { title: 'Samples', cell: ({ metric }) => count(metric.samples) },
  {
    title: 'Scheme',
    cell: ({ scheme }) => escapeText(schemeText(scheme), 200),
  },
];

/** Of a model that nothing older was compared with. */
function alone(interval: string): readonly Column[] {
  return [
    {
      title: 'FP32 → quantized',
      cell: (target) => {
        const { name, fp32, quantized } = target.metric;
        return `${escapeText(name)} ${shift(fp32, quantized, target)}`;
      },
    },
    { title: `Drop${interval}`, cell: (target) => lossText(target.metric, target) },
    { title: 'Budget', cell: allowed },
    ...always,
  ];
}

/** Base and head, in FP32 and on the chip, and what each step of the way has lost. */
function besideBase(interval: string, precision: string): readonly Column[] {
  return [
    {
      title: 'FP32: base → head',
      cell: (target) => shift(target.base?.fp32 ?? null, target.metric.fp32, target),
    },
    {
      title: `${precision}: base → head`,
      cell: (target) =>
        `${recordings(target)}${shift(target.base?.int8 ?? null, target.metric.quantized, target)}`,
    },
    {
      title: `By training${interval}`,
      cell: (target) => (target.base?.training ? lossText(target.base.training, target) : '–'),
    },
    { title: `By quantization${interval}`, cell: (target) => lossText(target.metric, target) },
    {
      title: `On the chip${interval}`,
      cell: (target) => (target.base ? lossText(target.base.onChip, target) : '–'),
    },
    { title: 'Allowed', cell: allowed },
    ...always,
  ];
}

/** Fewer recordings are no course of things. */
const FEWEST_RECORDINGS = 3;
const MAX_RECORDINGS = 12;

/** What the target had on the base branch, and has here. */
function recordings({ base, metric }: JudgedTarget): string {
  const values = [...(base?.history ?? []).slice(-MAX_RECORDINGS), metric.quantized];
  return values.length <= FEWEST_RECORDINGS ? '' : `${sparkline(values)} `;
}

function allowed({ metric: { budget, unit }, base, floor }: JudgedTarget): string {
  const regression = base?.onChip.budget ?? null;
  const say = (allowed: number | null) => (allowed === null ? '–' : change(allowed, unit));
  const losses =
    base === undefined || regression === budget
      ? say(budget)
      : `${say(budget)}, on the chip ${say(regression)}`;
  return floor === undefined ? losses : `${losses}, at least ${measured(floor.value, unit)}`;
}

/** A row for each target; beside those of the base branch where it has any. */
export function renderTable(targets: readonly TargetReport[]): string {
  const judged = targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
  const interval = judged[0] ? ` [${level(judged[0].metric.confidence)} interval]` : '';
  const columns = judged.some(({ base }) => base !== undefined)
    ? besideBase(interval, precisionText(judged.map(({ scheme }) => scheme)))
    : alone(interval);
  const rows = targets.map((target) => {
    const name = escapeText(target.target);
    if (target.verdict === 'error') return [name, '**error**', ...columns.map(() => '–')];
    const verdict = target.verdict === 'pass' ? 'pass' : `**${target.verdict}**`;
    return [name, verdict, ...columns.map(({ cell }) => cell(target))];
  });
  const header = ['Target', 'Verdict', ...columns.map(({ title }) => title)];
  return markdownTable([header, ...rows], { alignDelimiters: false });
}
