import { symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Cambricon MLU with CNRT or MagicMind: int8 or int16, symmetric (position and scale), weights per tensor unless
 * asked per channel, activations per tensor at the inputs of convolutions and matrix products; the rest stays in
 * float. Clamp to the full range and ties away from zero are the defaults of mlu-ops (`castFloat32ToFixed`).
 */
export const cambricon: Target = {
  chip: 'cambricon',
  title: 'Cambricon MLU / CNRT, MagicMind',
  weights: { granularity: 'per-tensor', grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  activations: { grid: (bits) => symmetricGrid(bits, { restricted: false }) },
  placement: { kind: 'operator-inputs', residualAdd: false },
  rounding: 'half-away-from-zero',
  bias: 'float',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'float',
    assumed:
      'accumulator and rescale are closed: int32, then position and scale of both operands as one float32 factor',
  },
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [],
  qdq: undefined,
  handOver: '',
};
