import { addFloats, addNode, type Draft } from '../onnx/draft.ts';

/** Clip takes its bounds as inputs from this opset on. */
const CLIP_INPUTS_OPSET = 11;

/** Saturates a tensor at two bounds, in any opset, and gives the name of the result. */
export function clamp(
  draft: Draft,
  from: string,
  [low, high]: readonly [low: number, high: number],
  wanted: string,
): string {
  if (draft.opset < CLIP_INPUTS_OPSET)
    return addNode(draft, 'Clip', [from], wanted, { min: { f: low }, max: { f: high } });
  const bounds = [addFloats(draft, `${wanted}/low`, [low]), addFloats(draft, `${wanted}/high`, [high])];
  return addNode(draft, 'Clip', [from, ...bounds], wanted);
}
