import { makeNode } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';
import type { Layer } from '../quantization/plan.ts';
import type { Piece } from './quantizer.ts';

/** Name of the tensor that holds a layer's accumulator. */
export const accumulatorOf = (layer: Pick<Layer, 'output'>) => `${layer.output}/accumulator`;

/** Name of the graph output that counts the values of an accumulator beyond its width, over a whole run. */
export const overflowsOf = (accumulator: string) => `${accumulator}/overflows`;

/** Whether an accumulator of `bits` bits overflows on some input. */
export function canOverflow(worst: number, bits: number): boolean {
  return worst >= 2 ** (bits - 1);
}

/**
 * An accumulator of `bits` bits as hardware has it: sums beyond it wrap around, x − 2^bits · floor(x / 2^bits + 1/2),
 * and are counted. Empty where no input can make it overflow.
 */
export function wrapAround(accumulator: string, worst: number, bits: number): Piece {
  if (!canOverflow(worst, bits)) return { nodes: [], constants: [] };
  const name = (part: string) => `${accumulator}/${part}`;
  const scalar = (part: string, value: number) =>
    makeTensor(name(part), { type: 'float32', dims: [], data: Float32Array.of(value) });
  return {
    nodes: [
      makeNode('Mul', [accumulator, name('per-turn')], [name('scaled')]),
      makeNode('Add', [name('scaled'), name('half')], [name('raised')]),
      makeNode('Floor', [name('raised')], [name('turns')]),
      makeNode('Cast', [name('turns')], [name('over')], { to: 9 }),
      makeNode('Cast', [name('over')], [name('counted')], { to: 1 }),
      makeNode('ReduceSum', [name('counted')], [overflowsOf(accumulator)], { keepdims: 0 }),
      makeNode('Mul', [name('turns'), name('turn')], [name('excess')]),
      makeNode('Sub', [accumulator, name('excess')], [name('wrapped')]),
    ],
    constants: [scalar('per-turn', 2 ** -bits), scalar('half', 0.5), scalar('turn', 2 ** bits)],
  };
}
