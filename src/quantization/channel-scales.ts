import { intAttribute } from '../onnx/graph.ts';
import type { Target } from '../targets/target.ts';
import type { Layer } from './layer.ts';

/** Whether the chip can give each channel of a layer's weight a scale. */
export function mayHaveChannelScales({ weights }: Target, { op, node }: Pick<Layer, 'op' | 'node'>): boolean {
  const isGrouped = op === 'ConvTranspose' && intAttribute(node, 'group', 1) > 1;
  if (isGrouped && weights.groupedDeconvolutionPerTensor === true) return false;
  return weights.perChannelOperators?.has(op) ?? true;
}
