import { addFloats, addNode, type Draft } from '../onnx/draft.ts';

/** Names of the tensors behind an accumulator that can overflow. */
export interface WrappedAccumulator {
  /** What the accumulator holds. */
  readonly wrapped: string;
  /** How many values of it were beyond its width: a scalar, over a whole run. */
  readonly overflows: string;
}

/** Whether an accumulator of `bits` bits overflows on some input. */
export function canOverflow(worst: number, bits: number): boolean {
  return worst >= 2 ** (bits - 1);
}

/**
 * An accumulator of `bits` bits as hardware has it: sums beyond it wrap around, x − 2^bits · floor(x / 2^bits + 1/2),
 * and are counted.
 *
 * @param sums the tensor that holds the exact sums
 */
export function wrapAround(draft: Draft, sums: string, bits: number): WrappedAccumulator {
  const name = (part: string) => `${sums}/${part}`;
  const perTurn = addFloats(draft, name('per-turn'), [2 ** -bits]);
  const half = addFloats(draft, name('half'), [0.5]);
  const turn = addFloats(draft, name('turn'), [2 ** bits]);
  const scaled = addNode(draft, 'Mul', [sums, perTurn], name('scaled'));
  const raised = addNode(draft, 'Add', [scaled, half], name('raised'));
  const turns = addNode(draft, 'Floor', [raised], name('turns'));
  const over = addNode(draft, 'Cast', [turns], name('over'), { to: 9 });
  const counted = addNode(draft, 'Cast', [over], name('counted'), { to: 1 });
  const overflows = addNode(draft, 'ReduceSum', [counted], name('overflows'), { keepdims: 0 });
  const excess = addNode(draft, 'Mul', [turns, turn], name('excess'));
  return { wrapped: addNode(draft, 'Sub', [sums, excess], name('wrapped')), overflows };
}
