import { measured } from '../../words/figures.ts';
import type { MetricUnit } from '../../words/metric-units.ts';

/** What a badge says: the metric of the quantized target that loses most. */
export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly color: 'brightgreen' | 'orange' | 'lightgrey';
}

/** The newest state of every model. */
export interface BadgeState {
  readonly unit: MetricUnit;
  readonly targets: readonly {
    readonly int8: number;
    readonly drop: number;
    readonly interval: readonly [number, number];
  }[];
}

/**
 * The badge of a base branch: the worst loss by quantization of all models and targets; orange where it is more than its
 * own noise. Of several units the one of the first model counts.
 */
export function badgeOf(states: readonly BadgeState[]): Badge {
  const unit = states[0]?.unit ?? 'value';
  const all = states.filter((state) => state.unit === unit).flatMap(({ targets }) => targets);
  const [worst] = all.toSorted((a, b) => b.drop - a.drop);
  if (worst === undefined) return { label: 'quantized', message: 'not measured', color: 'lightgrey' };
  return {
    label: 'quantized',
    message: measured(worst.int8, unit),
    color: worst.interval[0] > 0 ? 'orange' : 'brightgreen',
  };
}

/** As shields.io's endpoint badge reads it. */
export function shieldsJson({ label, message, color }: Badge): string {
  return `${JSON.stringify({ schemaVersion: 1, label, message, color })}\n`;
}

const COLORS = { brightgreen: '#2da44e', orange: '#bc4c00', lightgrey: '#6e7781' };
/** Of the text that badges are set in, in pixels. */
const CHARACTER = 6.6;

/** The same as a picture of its own; text comes from numbers and units alone. */
export function badgeSvg({ label, message, color }: Badge): string {
  const [left, right] = [label, message].map((text) => Math.round(text.length * CHARACTER) + 10);
  const width = left + right;
  const text = (x: number, content: string) =>
    `<text x="${x}" y="14" fill="#fff" font-family="Verdana,Geneva,sans-serif" font-size="11" text-anchor="middle">${content}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${label}: ${message}">`,
    `<rect width="${width}" height="20" rx="3" fill="#444c56"/>`,
    `<path d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-${right - 3}z" fill="${COLORS[color]}"/>`,
    text(left / 2, label),
    text(left + right / 2, message),
    '</svg>\n',
  ].join('');
}
