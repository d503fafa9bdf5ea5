import { comparablePoints, type ModelHistory } from '../../history/history-file.ts';
import type { HistoryPoint } from '../../history/point.ts';
import { changeInterval, count } from '../../words/counts.ts';
import { difference, measured } from '../../words/figures.ts';
import type { MetricUnit } from '../../words/metric-units.ts';
import { escapeText } from '../escape.ts';
import { curveSvg } from './curve.ts';

/** Rows of the table of a model. */
const MAX_ROWS = 30;
/** FP32 first; distinct for people who do not tell red from green (Okabe and Ito). */
const COLORS = ['#6e7781', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#a0522d'];

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #f0f6fc; --soft: #9198a1; --line: #3d444d; --page: #0d1117; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: var(--text); background: var(--page);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
svg { width: 100%; min-width: 36rem; height: auto; } .grid { stroke: var(--line); } .tick { fill: var(--soft); font-size: 11px; }
.line { fill: none; stroke-width: 2; } .band { opacity: .15; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th, small { color: var(--soft); font-weight: 500; }
${COLORS.map((color, i) => `.c${i} { stroke: ${color}; } .f${i} { fill: ${color}; }`).join('\n')}
`;

/** The history of models as one page that needs no network and runs no script. */
export function historyPage(models: readonly ModelHistory[]): string {
  const sections = models.filter(({ points }) => points.length > 0).map(section);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Accuracy of quantized models</title><style>${STYLE}</style></head><body>`,
    '<h1>Accuracy of quantized models, over the recordings of the base branch</h1>',
    ...(sections.length === 0 ? ['<p>Nothing has been recorded yet.</p>'] : sections),
    '</body></html>\n',
  ].join('\n');
}

function section(history: ModelHistory): string {
  const { model, unit } = history;
  const points = comparablePoints(history);
  const ids = [...new Set(points.flatMap(({ targets }) => targets.map(({ target }) => target)))];
  const legend = ['FP32', ...ids].map(
    (name, i) => `<li><i style="background:${COLORS[i % COLORS.length]}"></i>${escapeText(name)}</li>`,
  );
  const rows = points
    .toReversed()
    .slice(0, MAX_ROWS)
    .flatMap((point) => rowsOf(point, unit));
  const left = points.length - MAX_ROWS;
  return [
    `<h2>${escapeText(model)} <small>${escapeText(points.at(-1)!.metric)}, ${count(points.length)} recordings</small></h2>`,
    `<div class="wide">${curveSvg(points, unit)}</div>`,
    `<ul class="legend">${legend.join('')}</ul>`,
    '<div class="wide"><table><thead><tr><th>Date</th><th>Commit</th><th>FP32</th><th>Target</th><th>Quantized</th><th>Drop</th><th>Worst layer</th><th>Bits lost</th></tr></thead><tbody>',
    ...rows,
    '</tbody></table></div>',
    ...(left > 0 ? [`<p><small>${count(left)} older recordings are in history.json.</small></p>`] : []),
  ].join('\n');
}

function rowsOf({ date, commit, fp32, targets }: HistoryPoint, unit: MetricUnit): string[] {
  const when = [date.slice(0, 10), commit?.slice(0, 12) ?? '–', measured(fp32, unit)];
  if (targets.length === 0) return [row([...when, '–', '–', '–', '–', '–'])];
  return targets.map(({ target, int8, drop, interval, worstLayer, maxBitsLost }, i) =>
    row([
      ...(i === 0 ? when : ['', '', '']),
      escapeText(target),
      measured(int8, unit),
      `${difference(drop, unit)} ${changeInterval(interval, unit)}`,
      worstLayer === null ? '–' : escapeText(worstLayer, 40),
      maxBitsLost === null ? '–' : maxBitsLost.toFixed(2),
    ]),
  );
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
