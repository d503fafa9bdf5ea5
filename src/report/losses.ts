import type { JudgedTarget } from './report-schema.ts';

/** A loss, and how much of it is allowed; null where any is. */
export interface Loss {
  /** First words of a sentence. */
  readonly by: 'by quantization' | 'by training' | 'on the chip';
  readonly drop: number;
  readonly budget: number | null;
}

const worstFirst = ['fail', 'inconclusive', 'pass'];

/** The loss that a verdict speaks of, or that it is the floor: that by quantization, unless another budget is worse. */
export function decidingLoss({ metric, base, floor }: JudgedTarget): Loss | 'floor' {
  const rank = (part: { readonly verdict: string } | undefined) =>
    worstFirst.indexOf(part?.verdict ?? 'pass');
  const { drop, budget } = metric;
  if (floor !== undefined && rank(floor) < Math.min(rank(metric), rank(base?.onChip))) return 'floor';
  if (base === undefined || rank(base.onChip) >= rank(metric)) return { by: 'by quantization', drop, budget };
  return isByTraining(base)
    ? { by: 'by training', drop: base.training!.drop, budget: base.onChip.budget }
    : { by: 'on the chip', drop: base.onChip.drop, budget: base.onChip.budget };
}

/** Whether FP32 alone has lost more than the chip may. */
function isByTraining({ training, onChip }: NonNullable<JudgedTarget['base']>): boolean {
  return onChip.verdict === 'fail' && onChip.budget !== null && (training?.drop ?? 0) > onChip.budget;
}

/**
 * Whether quantization is to blame for a verdict that is no pass: layers are not named for what training lost, nor for a
 * floor that FP32 is close to.
 */
export function blamesQuantization({ verdict, metric, base, floor }: JudgedTarget): boolean {
  if (verdict === 'pass') return false;
  const isOther = [base?.onChip, floor].some((part) => part !== undefined && part.verdict !== 'pass');
  return metric.verdict !== 'pass' || !isOther;
}
