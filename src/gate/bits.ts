/** What the budget looks at in a tensor. */
interface BitsLost {
  readonly bitsLost: number;
}

interface Judged {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly reasons: readonly string[];
}

/**
 * Fails a judgement when some tensor's range loses more bits than `maxBitsLost`, naming the tensor that loses most.
 * Without such a budget the judgement stays as it is.
 */
export function withBitsBudget<J extends Judged>(
  judged: J,
  bits: ReadonlyMap<string, BitsLost>,
  maxBitsLost: number | undefined,
): J {
  if (maxBitsLost === undefined) return judged;
  const over = [...bits]
    .filter(([, { bitsLost }]) => bitsLost > maxBitsLost)
    .sort(([, a], [, b]) => b.bitsLost - a.bitsLost);
  if (over.length === 0) return judged;
  const [[name, { bitsLost }]] = over;
  const others = over.length > 1 ? `, and ${over.length - 1} more tensors lose too many` : '';
  const reason = `the range of "${name}" loses ${bitsLost.toFixed(2)} bits, the budget is ${maxBitsLost}${others}`;
  return { ...judged, verdict: 'fail', reasons: [reason, ...judged.reasons] };
}
