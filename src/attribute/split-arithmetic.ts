import { accumulatorOf, canOverflow, wrapAround } from '../emulate/accumulator.ts';
import type { IntegerLayer, Rescale } from '../emulate/arithmetic.ts';
import { shapeOf } from '../emulate/integer-layers.ts';
import type { Layer } from '../emulate/plan.ts';
import type { LayerContext } from './split-layer.ts';

/** Relative errors of a factor below this are float32 rounding of the emulation, not the chip's arithmetic: −120 dB. */
const NEGLIGIBLE = 2 ** -20;

/**
 * The terms of the arithmetic behind the products: the rounding of an int32 bias, the factor that the chip multiplies
 * by in place of s_x · s_w (/ s_y), and what wraps around at the accumulator's width. The rounding onto the output's own grid is not
 * among them: it is counted where that tensor is read.
 *
 * @param product adds the layer of quantized operands without bias, and returns its output
 */
export function arithmeticError(
  layer: Layer,
  { parameters, edit, integer, model }: LayerContext,
  term: (part: string) => string,
  product: () => string,
  bias: { readonly float: Float32Array; readonly integer: Float32Array } | undefined,
): string[] {
  const terms: string[] = [];
  const perChannel = (part: string, values: Float32Array) =>
    edit.constant(term(part), { type: 'float32', dims: shapeOf(values.length, layer, model), data: values });
  if (bias !== undefined) {
    const difference = bias.integer.map((b, i) => b - bias.float[i]);
    if (difference.some((d) => d !== 0)) terms.push(perChannel('bias-error', difference));
  }
  if (integer === undefined) return terms;
  const { target, weightBits, activationBits } = parameters.scheme;
  const bits = target.arithmetic.accumulatorBits(weightBits + activationBits);
  const scales = realFactors(integer, parameters);
  const relative = factorErrors(integer.rescale, scales, outputScale(integer, parameters));
  const overflows = canOverflow(integer.worstAccumulator, bits);
  if (relative === undefined && !overflows) return terms;
  const real = product();
  const summed =
    bias === undefined ? real : edit.node('Add', [real, perChannel('bias', bias.integer)], term('summed'));
  if (relative !== undefined) {
    terms.push(edit.node('Mul', [summed, perChannel('factor-error', relative)], term('rescale-error')));
  }
  if (overflows) {
    const inverse = perChannel(
      'inverse-scale',
      scales.map((s) => 1 / s),
    );
    const accumulator = edit.node('Mul', [summed, inverse], term(accumulatorOf(layer)));
    const wrapped = wrapAround(accumulator, integer.worstAccumulator, bits);
    edit.add(wrapped);
    const excess = edit.node('Sub', [wrapped.nodes.at(-1)!.output[0], accumulator], term('excess'));
    terms.push(edit.node('Mul', [excess, perChannel('scale', scales)], term('overflow-error')));
  }
  return terms;
}

/** Input scale × weight scale of every output channel, or a single one. */
function realFactors(
  { layer, rescale }: IntegerLayer,
  { activations, weights }: LayerContext['parameters'],
): Float32Array {
  const [first, second] = layer.activations.map((name) => activations.get(name)!.scale);
  const scales = weights.get(layer.name)?.params.map((p) => first * p.scale) ?? [first * second];
  // The groups of a ConvTranspose share them.
  return Float32Array.from(
    { length: rescale.factors.length },
    (_, channel) => scales[channel % scales.length],
  );
}

function outputScale({ rescale }: IntegerLayer, { activations }: LayerContext['parameters']): number {
  return rescale.kind === 'float' ? 1 : activations.get(rescale.produces)!.scale;
}

/** factor of the chip / real factor − 1 of every channel; undefined where all are negligible. */
function factorErrors(rescale: Rescale, scales: Float32Array, output: number): Float32Array | undefined {
  const used =
    rescale.kind === 'fixed-point'
      ? rescale.factors.map((f) => f.multiplier / 2 ** f.fractionBits)
      : [...rescale.factors];
  const errors = scales.map((s, i) => (used[i] * output) / s - 1);
  return errors.some((e) => Math.abs(e) > NEGLIGIBLE) ? errors : undefined;
}
