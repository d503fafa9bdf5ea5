import { inSight } from '../../emulation/in-sight.ts';
import type { KernelOperator } from '../../emulation/kernel-operators.ts';
import type { Draft } from '../../onnx/draft.ts';
import type { NodeProto } from '../../onnx/gen/onnx_pb.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Sight } from '../../quantization/sight.ts';
import type { Sum } from './inner-products.ts';

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

/** The values of a tensor of the model, or of another version of it, as far as a Softmax behind it sees them. */
export function seenValues(draft: SplitDraft, values: string, tensor: string): string {
  const deepest = draft.quantized.parameters.grids.get(tensor)?.alpha;
  return inSight(draft, values, tensor, { ...draft.sight, deepest });
}

/** The draft that the steps of every unit are built into, with what they are built from. */
export interface SplitDraft extends Draft {
  readonly quantized: Quantized;
  readonly sight: Sight;
  readonly kernels: ReadonlyMap<NodeProto, KernelOperator>;
  /** The walks of activations so far, by tensor. */
  readonly walks: Map<string, ActivationWalk>;
}
