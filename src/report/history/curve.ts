import type { HistoryPoint } from '../../history/point.ts';
import { measured } from '../../words/figures.ts';
import type { MetricUnit } from '../../words/metric-units.ts';
import { escapeText } from '../escape.ts';

const [WIDTH, HEIGHT] = [760, 220];
const MARGIN = { left: 64, right: 12, top: 12, bottom: 24 };

/** A line of values, of which some recordings have none. */
interface Line {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
  /** What INT8 may really be: below and above each value. */
  readonly band?: readonly ([number, number] | undefined)[];
}

/** FP32 and INT8 of each target over the recordings of one model, as a picture. */
export function curveSvg(points: readonly HistoryPoint[], unit: MetricUnit): string {
  const ids = [...new Set(points.flatMap(({ targets }) => targets.map(({ target }) => target)))];
  const lines: Line[] = [
    { name: 'FP32', values: points.map(({ fp32 }) => fp32) },
    ...ids.map((id) => {
      const found = points.map(({ targets }) => targets.find(({ target }) => target === id));
      return {
        name: id,
        values: found.map((each) => each?.int8),
        // The drop is known to its interval, and FP32 is what it is.
        band: found.map((each) => each && bandOf(each)),
      };
    }),
  ];
  const all = lines
    .flatMap(({ values, band = [] }) => [...values, ...band.flat()])
    .filter((v) => v !== undefined);
  const least = all.reduce((a, b) => Math.min(a, b), Infinity);
  const most = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const span = most - least || Math.abs(most) || 1;
  const [low, high] = [least - 0.05 * span, most + 0.05 * span];
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const x = (i: number) =>
    points.length === 1
      ? (MARGIN.left + right) / 2
      : MARGIN.left + (i * (right - MARGIN.left)) / (points.length - 1);
  const y = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top);
  const ticks = [0, 1, 2, 3].map((i) => low + ((i + 0.5) / 4) * (high - low));
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="FP32 and quantized over ${points.length} recordings">`,
    ...ticks.map(
      (tick) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>` +
        `<text class="tick" x="${MARGIN.left - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${measured(tick, unit)}</text>`,
    ),
    ...lines.map((line, i) => drawn(line, i, x, y)),
    `<text class="tick" x="${MARGIN.left}" y="${HEIGHT - 6}">${escapeText(points[0].date.slice(0, 10))}</text>`,
    `<text class="tick" x="${right}" y="${HEIGHT - 6}" text-anchor="end">${escapeText(points.at(-1)!.date.slice(0, 10))}</text>`,
    '</svg>',
  ].join('\n');
}

function bandOf({ int8, drop, interval }: HistoryPoint['targets'][number]): [number, number] {
  const [less, more] = [Math.abs(interval[0] - drop), Math.abs(interval[1] - drop)];
  return [int8 - more, int8 + less];
}

function drawn(
  { name, values, band }: Line,
  index: number,
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  const runs = runsOf(values);
  const path = runs
    .map((run) => run.map(({ i, value }, k) => `${k === 0 ? 'M' : 'L'}${at(x(i))} ${at(y(value))}`).join(''))
    .join('');
  const dots = values.length > 60 ? '' : runs.flat().map(({ i, value }) => dot(x(i), y(value), index));
  const areas = band === undefined ? [] : runs.map((run) => area(run, band, index, x, y));
  return [
    `<g><title>${escapeText(name)}</title>`,
    ...areas,
    `<path class="line c${index % 8}" d="${path}"/>`,
    ...dots,
    '</g>',
  ].join('');
}

function area(
  run: readonly { readonly i: number }[],
  band: readonly ([number, number] | undefined)[],
  index: number,
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  const upper = run.map(({ i }) => `${at(x(i))} ${at(y(band[i]![1]))}`);
  const lower = run.toReversed().map(({ i }) => `${at(x(i))} ${at(y(band[i]![0]))}`);
  return `<path class="band f${index % 8}" d="M${[...upper, ...lower].join('L')}Z"/>`;
}

function dot(cx: number, cy: number, index: number): string {
  return `<circle class="f${index % 8}" cx="${at(cx)}" cy="${at(cy)}" r="2.5"/>`;
}

/** Values that follow each other without a gap. */
function runsOf(values: readonly (number | undefined)[]): { i: number; value: number }[][] {
  const runs: { i: number; value: number }[][] = [];
  values.forEach((value, i) => {
    if (value === undefined) return;
    if (i === 0 || values[i - 1] === undefined) runs.push([]);
    runs.at(-1)!.push({ i, value });
  });
  return runs;
}

function at(coordinate: number): string {
  return coordinate.toFixed(1);
}
