import type { JudgedTarget } from '../report/report-schema.ts';
import type { Comparison } from '../verdict/comparison.ts';
import type { TargetResult } from './judge.ts';

/** What a target is held against beside its drop by quantization. */
export function describeBudgets({
  withBase,
  floor,
}: Pick<TargetResult, 'withBase' | 'floor'>): Pick<JudgedTarget, 'base' | 'floor'> {
  return {
    ...(withBase && { base: describeBase(withBase) }),
    ...(floor && {
      floor: { verdict: floor.verdict, value: floor.floor, interval: [floor.interval[0], floor.interval[1]] },
    }),
  };
}

function describeBase({
  base,
  training,
  onChip,
  against,
  history,
  missing,
}: NonNullable<TargetResult['withBase']>): NonNullable<JudgedTarget['base']> {
  const { verdict, budget } = onChip;
  return {
    fp32: base.fp32,
    int8: base.int8 ?? null,
    training: training === undefined ? null : differenceOf(training),
    onChip: { ...differenceOf(onChip), verdict, budget, against },
    ...(history.length > 0 && { history: [...history] }),
    ...(missing !== undefined && { missing }),
  };
}

function differenceOf({ drop, interval, flips }: Pick<Comparison, 'drop' | 'interval' | 'flips'>) {
  return { drop, interval: [interval[0], interval[1]] as [number, number], flips };
}
