import { canOverflow, wrapAround } from '../../emulation/accumulator-graph.ts';
import { channelShape } from '../../emulation/integer-graph.ts';
import { addFloats, addNode } from '../../onnx/draft.ts';
import { readTensor } from '../../onnx/tensors.ts';
import { chipBias, integerBias } from '../../quantization/bias.ts';
import { type IntegerLayer, integerLayerOf } from '../../quantization/integer-layers.ts';
import type { Layer } from '../../quantization/layer.ts';
import type { Parameters } from '../../quantization/parameters.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { SplitDraft } from './split-draft.ts';

/** What a factor may be off without being told from the rounding of the FP32 model itself. */
const FLOAT32_ROUNDING = 2 ** -22;

/**
 * The step from L(x̂, Ŵ) with its bias in float to what the target's arithmetic makes of it, short of rounding onto the
 * output's own grid: terms of which each is computed by itself, because their sum would drown in float32.
 * - rounding of the bias to integers, a constant;
 * - the rescale factor: accumulator · (factor used − factor meant), where float32 can tell them apart;
 * - wrap-around: −turns · 2^bits · factor.
 *
 * @param output the layer's output in FP32
 * @param before sum of the steps before this one, which with `output` is L(x̂, Ŵ)
 * @returns the terms; empty where the arithmetic adds nothing
 */
export function outputTerms(draft: SplitDraft, layer: Layer, output: string, before: string): string[] {
  const { quantized } = draft;
  const { model, parameters } = quantized;
  const name = (part: string) => `quantgate/unit/${layer.name}/${part}`;
  const perChannel = (part: string, values: ArrayLike<number>) =>
    addFloats(draft, name(part), values, channelShape(values.length, layer, model));
  const terms: string[] = [];
  const bias = biasDifference(layer, quantized);
  if (bias !== undefined) terms.push(perChannel('bias-difference', bias));
  const integer = integerLayerOf(quantized, layer);
  if (integer === undefined) return terms;

  const { products, accumulatorBits: bits } = integer;
  const gains = gainsOf(integer, parameters);
  const ratios = gains.map((gain) => gain - 1);
  const isOff = ratios.some((ratio) => Math.abs(ratio) > FLOAT32_ROUNDING);
  const overflows = canOverflow(integer.worstAccumulator, bits);
  if (!isOff && !overflows) return terms;

  const sum = addNode(draft, 'Add', [output, before], name('sum'));
  const accumulated = withAccumulatedBias(draft, sum, integer, terms);
  if (isOff) terms.push(addNode(draft, 'Mul', [accumulated, perChannel('ratio', ratios)], name('rescaled')));
  if (overflows) {
    const perUnit = perChannel(
      'per-unit',
      products.map((p) => 1 / p),
    );
    const units = addNode(draft, 'Mul', [accumulated, perUnit], name('units'));
    const raised = addNode(draft, 'Add', [units, addFloats(draft, name('half'), [0.5])], name('raised'));
    const accumulator = addNode(draft, 'Floor', [raised], name('accumulator'));
    const { wrapped } = wrapAround(draft, accumulator, bits);
    const turned = addNode(draft, 'Sub', [wrapped, accumulator], name('turned'));
    const perTurn = gains.map((gain, channel) => gain * products[products.length === 1 ? 0 : channel]);
    terms.push(addNode(draft, 'Mul', [turned, perChannel('factor', perTurn)], name('wrapped')));
  }
  return terms;
}

/** What integers or a repair make of a bias, less the bias; one value for each channel. */
function biasDifference(layer: Layer, quantized: Quantized): number[] | undefined {
  const real = chipBias(layer, quantized);
  if (real === undefined) return undefined;
  const values = modelBias(layer, quantized);
  const bias = integerBias(layer, quantized);
  if (bias === undefined) return Array.from(values, (b, channel) => real.data[channel] - b);
  const { codes, scales } = bias;
  const unit = integerLayerOf(quantized, layer)?.products ?? scales;
  return Array.from(values, (b, channel) => codes[channel] * unit[unit.length === 1 ? 0 : channel] - b);
}

function modelBias({ bias }: Layer, { model }: Quantized): Float32Array {
  return readTensor(model.view.initializers.get(bias!.name)!, model.where).data as Float32Array;
}

/** What the accumulator stands for: with the bias where it is added there, without where it is added behind it. */
function withAccumulatedBias(
  draft: SplitDraft,
  sum: string,
  { layer, bias, rescale }: IntegerLayer,
  [biasTerm]: readonly string[],
): string {
  const output = `quantgate/unit/${layer.name}/accumulated`;
  if (bias !== undefined) return addNode(draft, 'Add', [sum, biasTerm], output);
  if (rescale.kind !== 'float' || rescale.bias === undefined) return sum;
  const { dims } = rescale.bias;
  const data = modelBias(layer, draft.quantized);
  const shape = dims.length === 1 ? channelShape(data.length, layer, draft.quantized.model) : dims;
  const behind = addFloats(draft, `${output}/bias`, data, shape);
  return addNode(draft, 'Sub', [sum, behind], output);
}

/** The factor that the target computes with, over the one that it stands for; one per channel or a single one. */
function gainsOf({ rescale, products }: IntegerLayer, { activations }: Parameters): readonly number[] {
  if (rescale.kind === 'htp') return rescale.gains;
  if (rescale.kind === 'float') return products.map((meant, channel) => rescale.factors[channel] / meant);
  const { scale } = activations.get(rescale.produces)!;
  const factors =
    rescale.kind === 'float-multiplier'
      ? rescale.factors
      : rescale.factors.map((f) => f.multiplier / 2 ** f.fractionBits);
  return products.map((meant, channel) => (factors[channel] * scale) / meant);
}
