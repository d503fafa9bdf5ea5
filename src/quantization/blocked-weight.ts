import {
  dequantizeWeights,
  type QuantizedWeights,
  quantizeWeights,
  weightCodes,
} from '../numerics/channels.ts';
import { type Grid, gridParams, type QuantParams } from '../numerics/grid.ts';
import { type Channels, partsOf } from '../numerics/parts.ts';
import { roundHalfToEven } from '../numerics/rounding.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { Layer } from './layer.ts';
import { shapeOf } from './plan.ts';
import type { Planned } from './planned.ts';
import { FULL_RANGE_WEIGHT_BITS } from './scheme.ts';

/**
 * The weight of a layer with a scale for each block of `blockSize` input channels of an output channel: the least squared
 * error below 8 bits, the largest magnitude from there on. Undefined where the target takes it in no blocks, as it does
 * where scales are multiples of a channel's and the last block would be a shorter one.
 */
export function blockedWeight(
  { dims, data }: Tensor,
  layer: Layer,
  { model, scheme }: Planned,
  bits: number,
): (Channels & QuantizedWeights & { readonly grid: Grid }) | undefined {
  const { blockSize, target } = scheme;
  const { blocks: rules, rounding } = target;
  const axis = layer.weight!.axis;
  if (blockSize === undefined || rules === undefined || axis === null) return undefined;
  if (!rules.weightBits.includes(bits) || !rules.takes(shapeOf(layer, model))) return undefined;
  const grid = rules.grid(bits);
  const along = inputAxis(layer, axis);
  if (rules.greatestMultiple !== undefined && dims[along] % blockSize !== 0) return undefined;
  const channels: Channels = { dims, axis, blocks: { axis: along, size: blockSize } };
  const onto = { grid, rounding };
  const values = data as Float32Array;
  const own = quantizeWeights(values, channels, onto, bits < FULL_RANGE_WEIGHT_BITS ? 'mse' : 'max');
  if (rules.greatestMultiple === undefined) return { grid, ...channels, ...own };
  const params = asMultiples(own.params, partsOf(channels).perChannel, rules.greatestMultiple).map((scale) =>
    gridParams(scale, 0, grid),
  );
  const codes = weightCodes(values, channels, params, onto);
  return { grid, ...channels, params, data: dequantizeWeights(codes, channels, params) };
}

/** The dimension of a weight that its products are summed over. */
function inputAxis({ op }: Layer, axis: number): number {
  return op === 'Conv' ? 1 : 1 - axis;
}

/**
 * Each scale as an integer multiple, 1 to `greatest`, of one that its channel has: the largest of the channel / `greatest`
 * (AIMET's low power blockwise quantization, GroupedBlockQuantizeDequantize). Float32 scales.
 */
function asMultiples(params: readonly QuantParams[], perChannel: number, greatest: number): number[] {
  return params.map(({ scale }, i) => {
    const first = i - (i % perChannel);
    const unit = channelScale(params.slice(first, first + perChannel), greatest);
    return unit * Math.min(Math.max(roundHalfToEven(scale / unit), 1), greatest);
  });
}

/** The scale of a channel whose blocks have these. */
export function channelScale(blocks: readonly { readonly scale: number }[], greatest: number): number {
  return Math.fround(Math.max(...blocks.map(({ scale }) => scale)) / greatest);
}
