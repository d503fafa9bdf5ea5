import { integerLayerOf } from './integer-layers.ts';
import type { Layer } from './layer.ts';
import { outputChannels } from './output-channels.ts';
import type { Quantized } from './quantized.ts';

/** The real values of the weights that a chip multiplies with; undefined where a layer's weights are not quantized. */
export function chipWeights(layer: Layer, quantized: Quantized): Float32Array | undefined {
  const weights = quantized.parameters.weights.get(layer.name);
  const rescale = integerLayerOf(quantized, layer)?.rescale;
  if (weights === undefined || rescale?.kind !== 'htp') return weights?.data;
  const { ratios, weights: narrowed } = rescale;
  const channels = outputChannels(layer, weights.dims);
  if (channels === undefined || ratios.every((ratio) => ratio === 1)) return weights.data;
  const { params } = weights;
  return Float32Array.from(narrowed!.data as Float32Array, (integer, i) => {
    const channel = channels.channelOf(i);
    return integer * ratios[channel] * params[channel % params.length].scale;
  });
}
