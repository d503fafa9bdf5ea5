import { GREATEST_E4M3 } from '../numerics/e4m3.ts';
import { addFloats, addNode, type Draft, putNode, sharedConstant } from '../onnx/draft.ts';
import { makeNode } from '../onnx/graph.ts';
import { clamp } from './clamp.ts';

/**
 * Quantize-dequantize of a tensor on the numbers of E4M3, with operators of float32 in any opset: QuantizeLinear to
 * float8e4m3fn is of opset 19, and no GPU provider but CUDA's has it.
 *
 * With t = x / s clamped to ±448 and u = 2^−24, p = |fl(q − fl((1 − u)·q))| for q = fl((2^23 + 1)·t) is the power of two at
 * or below |t| (Rump, Ogita, Oishi, "Accurate floating-point summation II", algorithm 3.5). Numbers of E4M3 are p / 8 apart
 * there, and never closer than 2^−9. A sum with 1.5 · 2^23 of such a step leaves no bits below it, ties to even.
 */
export function roundToE4m3Numbers(
  draft: Draft,
  { from, to }: { readonly from: string; readonly to: string },
  scale: number,
): void {
  const name = (part: string) => `${to}/${part}`;
  const constant = (part: string, value: number) =>
    sharedConstant(draft, `quantgate/e4m3/${part}`, {
      type: 'float32',
      dims: [],
      data: Float32Array.of(value),
    });
  const factor = addFloats(draft, name('scale'), [scale]);
  const quotient = addNode(draft, 'Div', [from, factor], name('t'));
  const t = clamp(draft, quotient, [-GREATEST_E4M3, GREATEST_E4M3], name('saturated'));
  const raised = addNode(draft, 'Mul', [t, constant('raise', 2 ** 23 + 1)], name('raised'));
  const lowered = addNode(draft, 'Mul', [raised, constant('lower', 1 - 2 ** -24)], name('lowered'));
  const difference = addNode(draft, 'Sub', [raised, lowered], name('difference'));
  const power = addNode(draft, 'Abs', [difference], name('power'));
  const normal = clamp(draft, power, [2 ** -6, GREATEST_E4M3], name('normal'));
  const eater = addNode(draft, 'Mul', [normal, constant('eater', 1.5 * 2 ** 20)], name('eater'));
  const sum = addNode(draft, 'Add', [t, eater], name('sum'));
  const rounded = addNode(draft, 'Sub', [sum, eater], name('rounded'));
  putNode(draft, makeNode('Mul', [rounded, factor], [to]));
}
