import type { Draft } from '../../onnx/draft.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { ActivationWalk } from './activation-steps.ts';

/** The draft that the steps of every unit are built into, with what they are built from. */
export interface SplitDraft extends Draft {
  readonly quantized: Quantized;
  /** Of the activations that were walked so far, by tensor. */
  readonly walks: Map<string, ActivationWalk>;
}
