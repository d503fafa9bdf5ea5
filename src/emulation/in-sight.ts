import { addFloats, addNode, type Draft, sharedConstant } from '../onnx/draft.ts';
import { DEEPEST, SIGHT, type Sight } from '../quantization/sight.ts';

/** A row whose greatest value lies below is masked as a whole: nothing of it is seen. */
const MASKED = -1000;

/** ReduceMax takes its axes as an input from this opset on. */
const AXES_INPUT_OPSET = 18;

/**
 * Values as far as a Softmax sees them: what lies deeper, down to −∞, is raised to the end of its sight.
 *
 * @param values the tensor to be cut, which may be another version of `tensor`
 * @param tensor whose place in the model says what is seen
 * @param deepest where the grid of what is added to scores ends, if it is on one
 * @returns `values` itself where no Softmax is behind it
 */
export function inSight(
  draft: Draft,
  values: string,
  tensor: string,
  { scores, addends, deepest = DEEPEST }: Sight & { readonly deepest?: number },
): string {
  const axes = scores.get(tensor);
  const wanted = `${values}/in-sight`;
  if (axes !== undefined) return scoresInSight(draft, values, axes, wanted);
  if (!addends.has(tensor)) return values;
  return addNode(draft, 'Max', [values, addFloats(draft, `${wanted}/deepest`, [deepest])], wanted);
}

function scoresInSight(draft: Draft, scores: string, axes: readonly number[], wanted: string): string {
  const name = (part: string) => `${wanted}/${part}`;
  const greatest = reduceMax(draft, scores, axes, name('greatest'));
  const end = addNode(draft, 'Sub', [greatest, addFloats(draft, name('reach'), [SIGHT])], name('end'));
  const isMasked = addNode(
    draft,
    'Less',
    [greatest, addFloats(draft, name('masked'), [MASKED])],
    name('is-masked'),
  );
  const floor = addNode(draft, 'Where', [isMasked, addFloats(draft, name('none'), [0]), end], name('floor'));
  return addNode(draft, 'Max', [scores, floor], wanted);
}

function reduceMax(draft: Draft, tensor: string, axes: readonly number[], wanted: string): string {
  if (draft.opset < AXES_INPUT_OPSET)
    return addNode(draft, 'ReduceMax', [tensor], wanted, { axes, keepdims: 1 });
  const data = BigInt64Array.from(axes, BigInt);
  const input = sharedConstant(draft, `quantgate/axes/${axes.join()}`, {
    type: 'int64',
    dims: [axes.length],
    data,
  });
  return addNode(draft, 'ReduceMax', [tensor, input], wanted, { keepdims: 1 });
}
