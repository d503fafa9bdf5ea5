import { activationQuantizer, clamp } from '../emulate/quantizer.ts';
import { addConstant, addNode, addPiece, type Draft } from './draft.ts';
import { rankOf, type SplitContext } from './split-context.ts';
import { rowSums, type Sum } from './sums.ts';

/** Tensors on the way of an activation x onto its grid: x → clip(x) → x̂, and the two differences. */
export interface ActivationWalk {
  readonly clipped: string;
  readonly quantized: string;
  /** clip(x) − x */
  readonly clipStep: string;
  /** x̂ − clip(x) */
  readonly roundStep: string;
  /** How many values are clipped. */
  readonly clipCount: Sum;
  /** Graph output that holds how many values there are. */
  readonly size: string;
}

/** The end of a grid is the range's own, but for the rounding of the scale to float32 and of its multiples. */
const END_ROUNDING = 2 ** -23;

/** Walks an activation; a second call with the same tensor gives the tensors of the first. */
export function walkActivation(
  tensor: string,
  context: SplitContext,
  draft: Draft,
  walks: Map<string, ActivationWalk>,
): ActivationWalk {
  const known = walks.get(tensor);
  if (known !== undefined) return known;
  const { activations, activationGrid, scheme } = context.parameters;
  const params = activations.get(tensor)!;
  const name = (part: string) => `quantgate/activation/${tensor}/${part}`;
  const [clipped, quantized] = [name('clipped'), name('quantized')];
  addPiece(draft, clamp(tensor, clipped, params.alpha, params.beta, draft.opset));
  const { rounding } = scheme.target;
  addPiece(draft, activationQuantizer(tensor, quantized, params, activationGrid, rounding, draft.opset));
  const clipStep = addNode(draft, 'Sub', [clipped, tensor], name('clip-step'));
  const roundStep = addNode(draft, 'Sub', [quantized, clipped], name('round-step'));
  // A value that is the end of the range must not count as clipped because the scale was rounded.
  const room = END_ROUNDING * Math.max(-params.alpha, params.beta);
  const bound = (part: string, value: number) => addConstant(draft, name(part), [value]);
  const isAbove = addNode(draft, 'Less', [clipStep, bound('minus-room', -room)], name('is-above'));
  const isBelow = addNode(draft, 'Greater', [clipStep, bound('room', room)], name('is-below'));
  const isClipped = addNode(draft, 'Or', [isAbove, isBelow], name('is-clipped'));
  const counted = addNode(draft, 'Cast', [isClipped], name('counted'), { to: 1 });
  const walk: ActivationWalk = {
    clipped,
    quantized,
    clipStep,
    roundStep,
    clipCount: { rows: rowSums(draft, counted, rankOf(context, tensor)), scale: undefined },
    size: addNode(draft, 'Size', [tensor], name('size')),
  };
  walks.set(tensor, walk);
  return walk;
}
