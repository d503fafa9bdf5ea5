import type { JudgedTarget } from '../../report-schema.ts';

/** A loss that is drawn with its interval beside its budget. */
export interface DrawnLoss {
  readonly by: 'by training' | 'by quantization' | 'on the chip';
  readonly from: string;
  readonly to: string;
  readonly drop: number;
  readonly interval: readonly [number, number];
  /** Null where any is allowed. */
  readonly budget: number | null;
  /** Undefined where it is not judged by itself. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | undefined;
}

/** The losses of a target: what each step of the way from the base's FP32 to this INT8 has lost. */
export function lossesOf({ metric, base }: JudgedTarget): DrawnLoss[] {
  const { drop, interval, budget, verdict } = metric;
  const training = base?.training;
  return [
    ...(training
      ? [
          {
            by: 'by training' as const,
            from: 'base FP32',
            to: 'head FP32',
            drop: training.drop,
            interval: training.interval,
            budget: null,
            verdict: undefined,
          },
        ]
      : []),
    { by: 'by quantization', from: 'head FP32', to: 'head INT8', drop, interval, budget, verdict },
    ...(base
      ? [
          {
            by: 'on the chip' as const,
            from: base.onChip.against === 'int8' ? 'base INT8' : 'base FP32',
            to: 'head INT8',
            drop: base.onChip.drop,
            interval: base.onChip.interval,
            budget: base.onChip.budget,
            verdict: base.onChip.verdict,
          },
        ]
      : []),
  ];
}

/** How many times a budget an axis reaches at most: beyond it, how far hardly matters. */
const BUDGETS_SHOWN = 3;

/** What an axis for several losses has to hold: no loss, all budgets, and intervals as far as they compare with these. */
export function lossesDomain(losses: readonly DrawnLoss[]): [number, number] {
  const budgets = losses.flatMap(({ budget }) => (budget !== null && budget > 0 ? [budget] : []));
  const furthest = budgets.length === 0 ? Infinity : BUDGETS_SHOWN * Math.max(...budgets);
  const ends = losses.flatMap(({ interval, drop, budget }) => [...interval, drop, budget ?? 0]);
  const within = ends.map((end) => Math.min(Math.max(end, -furthest), furthest));
  const [least, most] = [Math.min(0, ...within), Math.max(0, ...within)];
  const room = 0.04 * (most - least || 1);
  return [least - room, most + room];
}

/** An interval as far as an axis reaches. */
export interface SeenInterval {
  readonly ends: readonly [number, number];
  /** Whether it goes on beyond the axis there. */
  readonly goesOn: readonly [boolean, boolean];
}

/** @returns undefined where all of it lies beyond the axis */
export function seenInterval(
  [low, high]: readonly [number, number],
  [least, most]: readonly [number, number],
): SeenInterval | undefined {
  if (low > most || high < least) return undefined;
  return { ends: [Math.max(low, least), Math.min(high, most)], goesOn: [low < least, high > most] };
}
