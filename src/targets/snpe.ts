import { asymmetricGrid, symmetricGrid } from '../numerics/grid.ts';
import { type Target, wideEnough } from './target.ts';

/**
 * Qualcomm Hexagon with SNPE, QNN or QAIRT: uint8 asymmetric min/max ("TF") for every activation and, per tensor,
 * for weights; the per-channel option of Convolution, Deconvolution and FullyConnected is symmetric. Bias as int32.
 * The converter's rounding of ties when it makes integer weights is not published; ties to even is assumed.
 */
export const snpe: Target = {
  chip: 'snpe',
  title: 'Qualcomm Hexagon / SNPE, QNN',
  weights: {
    granularity: 'per-tensor',
    grid: (bits, granularity) =>
      granularity === 'per-channel'
        ? symmetricGrid(bits, { restricted: false })
        : asymmetricGrid(bits, false),
  },
  activations: { grid: (bits) => asymmetricGrid(bits, false) },
  placement: { kind: 'every-activation', operators: 'all' },
  rounding: 'half-to-even',
  bias: 'int32',
  arithmetic: {
    accumulatorBits: wideEnough,
    rescale: 'fixed-point',
    assumed:
      'HTP is closed: int32 accumulator and the fixed-point rescale of Hexagon NN (V65/V66), bias of 32 bits; operators without weights compute in float between their grids',
  },
  nativeRange: 'min-max',
  integerKernels: false,
  formats: [],
  qdq: undefined,
  handOver: '',
};
