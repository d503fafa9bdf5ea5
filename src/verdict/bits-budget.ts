import type { Limit } from '../config/config.ts';
import { NEGLIGIBLE_BITS_LOST } from '../quantization/bit-use.ts';
import { rangeText, tinyShare } from '../words/ranges.ts';
import type { Judged } from './combine.ts';
import { excess } from './limit.ts';

/** What the budgets look at in a quantized tensor. */
export interface TensorBits {
  /** Width of its grid. */
  readonly bits: number;
  /** What its grid covers; of all channels. */
  readonly alpha: number;
  readonly beta: number;
  readonly effectiveBits: number;
  readonly bitsLost: number;
  /** Share of the noise power that comes from clipping. */
  readonly clipShare: number;
  /** Share of its values that are clipped. */
  readonly clipped: number;
  /** Share of its values that the best range would clip. */
  readonly beyondBest: number;
  readonly observed: { readonly alpha: number; readonly beta: number };
}

/** Fails a judgement when a tensor's range loses more bits than the budget, naming the tensor that loses most and why. */
export function withBitsLostBudget<J extends Judged>(
  judged: J,
  tensors: Iterable<readonly [name: string, TensorBits]>,
  limit: Limit | undefined,
): J {
  return excess(judged, tensors, limit, {
    of: ({ bitsLost }) => bitsLost,
    say: (name, tensor, value, others) => {
      const lost = `${tensor.bitsLost.toFixed(2)} of ${tensor.bits} bits lost`;
      return `"${name}": ${rangeInWords(tensor)}: ${lost}, max-bits-lost is ${value}${others}`;
    },
  });
}

/** Fails a judgement when a tensor keeps fewer effective bits than the budget, naming the one that keeps fewest. */
export function withEffectiveBitsBudget<J extends Judged>(
  judged: J,
  tensors: Iterable<readonly [name: string, TensorBits]>,
  limit: Limit | undefined,
): J {
  const negated = limit && { ...limit, value: -limit.value };
  return excess(judged, tensors, negated, {
    of: ({ effectiveBits }) => -effectiveBits,
    say: (name, tensor, value, others) => {
      const kept = `${tensor.effectiveBits.toFixed(2)} of ${tensor.bits} bits effective`;
      const reason =
        tensor.bitsLost < NEGLIGIBLE_BITS_LOST
          ? 'no range on this grid keeps more'
          : `${tensor.bitsLost.toFixed(2)} lost to the range`;
      return `"${name}": ${rangeInWords(tensor)}: ${kept}, ${reason}, min-effective-bits is ${-value}${others}`;
    },
  });
}

/** A range that reaches this much further than the values is not set by any of them. */
const WIDER = 1.25;

/** What is the matter with a range: what it clips, what sets it, or that no value comes near its ends. */
function rangeInWords(tensor: TensorBits): string {
  const { clipShare, clipped, beyondBest, bitsLost, observed } = tensor;
  const range = `range ${rangeText(tensor)}`;
  if (clipShare > 0.5 && clipped > 0) return `${range} clips ${tinyShare(clipped)} of the values`;
  if (bitsLost < NEGLIGIBLE_BITS_LOST) return range;
  const isWider = reach(tensor) > WIDER * reach(observed);
  if (isWider) return `${range} is wider than the values, ${rangeText(observed)}`;
  return beyondBest > 0 ? `${range} set by ${tinyShare(beyondBest)} of the values` : range;
}

function reach({ alpha, beta }: { readonly alpha: number; readonly beta: number }): number {
  return Math.max(Math.abs(alpha), Math.abs(beta));
}
