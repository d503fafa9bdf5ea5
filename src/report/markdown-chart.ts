import type { MetricUnit } from '../words/metric-units.ts';
import type { RecoveryReport } from './recovery-plan.ts';
import type { JudgedTarget } from './report-schema.ts';

/** The default colour of a line is hardly seen on white. */
const BEGIN = [
  '```mermaid',
  '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "royalblue"}}}}%%',
  'xychart-beta',
];

/** Mermaid reads no exponents. */
const MOST_DRAWN = 1e9;

const axis: Record<MetricUnit, string> = { fraction: 'drop (pp)', dB: 'drop (dB)', value: 'drop' };

const MAX_POINTS = 60;

/** The SQNR of every layer's output in the quantized model, along the graph; empty with fewer than three points. */
export function renderCurve({ layers }: JudgedTarget): string {
  const values = layers.flatMap(({ cumulativeNsr }) =>
    cumulativeNsr === undefined || cumulativeNsr === 0 ? [] : [-10 * Math.log10(cumulativeNsr)],
  );
  if (values.length < 3) return '';
  const points = Math.min(values.length, MAX_POINTS);
  const shown = Array.from(
    { length: points },
    (_, i) => values[Math.round((i * (values.length - 1)) / (points - 1))],
  );
  return [
    ...BEGIN,
    `  x-axis "layers in the order of the graph" 1 --> ${values.length}`,
    '  y-axis "SQNR (dB)"',
    `  line [${shown.map((value) => value.toFixed(1)).join(', ')}]`,
    '```',
  ].join('\n');
}

/** The drop with so many layers in higher precision; empty with fewer than two points. */
export function renderPrecisionCurve(curve: NonNullable<RecoveryReport['curve']>, unit: MetricUnit): string {
  const drops = curve.map(({ drop }) => (unit === 'fraction' ? 100 : 1) * drop);
  const isDrawable = drops.every((drop) => Math.abs(drop) < MOST_DRAWN);
  if (curve.length < 2 || !isDrawable) return '';
  return [
    ...BEGIN,
    `  x-axis "layers in higher precision" [${curve.map(({ layers }) => `"${layers}"`).join(', ')}]`,
    `  y-axis "${axis[unit]}"`,
    `  line [${drops.map((drop) => drop.toFixed(4)).join(', ')}]`,
    '```',
  ].join('\n');
}
