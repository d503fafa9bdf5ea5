import type { JudgedTarget } from './report-schema.ts';

/** What a target lost, or has: the one that its verdict is of. */
export type Loss = {
  /** First words of a sentence. */
  readonly by: 'by quantization' | 'by training' | 'on the chip';
  readonly drop: number;
  /** Null where any loss is allowed. */
  readonly budget: number | null;
};

/** The loss that a verdict speaks of: that by quantization, unless another budget is worse. */
export function decidingLoss({ verdict, metric, base }: JudgedTarget): Loss {
  const { drop, budget } = metric;
  if (base === undefined || metric.verdict === verdict || base.onChip.verdict !== verdict)
    return { by: 'by quantization', drop, budget };
  return isByTraining(base)
    ? { by: 'by training', drop: base.training.drop, budget: base.onChip.budget }
    : { by: 'on the chip', drop: base.onChip.drop, budget: base.onChip.budget };
}

/** Whether FP32 alone has lost more than the chip may. */
function isByTraining({ training, onChip }: NonNullable<JudgedTarget['base']>): boolean {
  return onChip.verdict === 'fail' && onChip.budget !== null && training.drop > onChip.budget;
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
