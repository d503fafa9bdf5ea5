import { clamp } from '../../emulation/clamp.ts';
import { activationQuantizer, quantizerOf } from '../../emulation/quantizer.ts';
import { addFloats, addNode, freshTensor } from '../../onnx/draft.ts';
import { rankOfTensor } from '../../runtime/load-model.ts';
import { rowSums } from './inner-products.ts';
import type { ActivationWalk, SplitDraft } from './split-draft.ts';

/**
 * The ends of a grid are those of a range but for the rounding of the scale to float32: with this much room, relative, a
 * value that ends its own range is not clipped.
 */
const ROOM = 2 ** -23;

/** Walks an activation; a second call with the same tensor gives the tensors of the first. */
export function walkActivation(draft: SplitDraft, tensor: string): ActivationWalk {
  const known = draft.walks.get(tensor);
  if (known !== undefined) return known;
  const { quantized: target } = draft;
  const quantizer = quantizerOf(target, tensor);
  const { alpha, beta } = quantizer.params;
  const name = (part: string) => `quantgate/activation/${tensor}/${part}`;
  const clipped = clamp(draft, tensor, [alpha * (1 + ROOM), beta * (1 + ROOM)], name('clipped'));
  const quantized = freshTensor(draft, name('quantized'));
  activationQuantizer(draft, { from: tensor, to: quantized }, quantizer);
  // What is out of sight of a Softmax is not clipped, wherever the range ends.
  const isPartlySeen = draft.sight.scores.has(tensor) || draft.sight.addends.has(tensor);
  const exact = isPartlySeen
    ? addNode(draft, 'Max', [tensor, addFloats(draft, name('low'), [alpha * (1 + ROOM)])], name('exact'))
    : tensor;
  const clipStep = addNode(draft, 'Sub', [clipped, exact], name('clip-step'));
  const roundStep = addNode(draft, 'Sub', [quantized, clipped], name('round-step'));
  const isClipped = addNode(draft, 'Cast', [clipStep], name('is-clipped'), { to: 9 });
  const counted = addNode(draft, 'Cast', [isClipped], name('counted'), { to: 1 });
  const walk: ActivationWalk = {
    clipped,
    quantized,
    clipStep,
    roundStep,
    clipCount: { rows: rowSums(draft, counted, rankOfTensor(target.model, tensor)), scale: undefined },
    size: addNode(draft, 'Size', [tensor], name('size')),
  };
  draft.walks.set(tensor, walk);
  return walk;
}
