import { count } from '../../../words/counts.ts';
import { ofFirst } from '../../of-samples.ts';
import { type RecoveryReport, settingsOf } from '../../recovery-plan.ts';
import type { JudgedTarget } from '../../report-schema.ts';
import { layersText } from '../../scheme-words.ts';

type AttemptReport = RecoveryReport['attempts'][number];

/** Something that was measured, or the target as it is. */
export interface MeasuredChange {
  /** Code stands between backticks. */
  readonly words: string;
  readonly kind: AttemptReport['kind'] | 'now';
  readonly layers: number;
  readonly quantized: number;
  readonly drop: number;
}

/** Small changes first, as recovery seeks them. */
const sizes: readonly MeasuredChange['kind'][] = ['now', 'ranges', 'granularity', 'recipe', 'precision'];

/** What an attempt changes, and on how many samples it was measured if not on all; code stands between backticks. */
export function attemptWords(attempt: AttemptReport): string {
  const { layers, ranges, measured: after } = attempt;
  return [
    ...(layers === undefined ? [] : [`${layersText(layers)} in higher precision`]),
    ...(ranges === undefined ? [] : [ranges === 1 ? '1 range' : `${count(ranges)} ranges`]),
    ...settingsOf(attempt).map((setting) => `\`${setting}\``),
    ...(after?.stopped === undefined ? [] : [ofFirst(after).trimStart()]),
  ].join(', ');
}

/** All that was measured of a target, the smallest change first. */
export function measuredChanges({ metric, recovery }: JudgedTarget): MeasuredChange[] {
  const tried = (recovery?.attempts ?? []).flatMap((attempt): MeasuredChange[] => {
    if (attempt.measured === undefined) return [];
    const { quantized, drop } = attempt.measured;
    return [
      { words: attemptWords(attempt), kind: attempt.kind, layers: attempt.layers ?? 0, quantized, drop },
    ];
  });
  const now: MeasuredChange = {
    words: 'nothing changed',
    kind: 'now',
    layers: 0,
    quantized: metric.quantized,
    drop: metric.drop,
  };
  return [now, ...tried].sort(
    (a, b) => sizes.indexOf(a.kind) - sizes.indexOf(b.kind) || a.layers - b.layers || a.drop - b.drop,
  );
}

/** The smallest measured change whose drop is no more than allowed; undefined where none is that good. */
export function smallestWithin(
  changes: readonly MeasuredChange[],
  allowed: number,
): MeasuredChange | undefined {
  return changes.find(({ drop }) => drop <= allowed);
}

/** From where to where a budget can be moved, and by which steps: from no drop to the largest that was measured. */
export function budgetSlider(
  changes: readonly MeasuredChange[],
  budget: number | null,
): { readonly max: number; readonly step: number } {
  const most = Math.max(...changes.map(({ drop }) => drop), 1.5 * (budget ?? 0), Number.MIN_VALUE);
  const max = most * 1.02;
  return { max, step: max / 500 };
}
