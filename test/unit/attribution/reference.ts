import type { Shares } from '../../../src/attribution/attribution.ts';
import type { Grid, QuantParams } from '../../../src/numerics/grid.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';

/** Plain numbers in row-major order. */
export interface Values {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** An operator of two operands, without bias. `channelOf` gives the output channel of an output element. */
export interface Operator {
  compute(x: Values, w: Values): Values;
  channelOf(index: number, dims: readonly number[]): number;
}

const size = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

interface Geometry {
  readonly stride: number;
  readonly pad: number;
  readonly group: number;
}

/** Every product of a 2-D convolution or its transpose, by the definition in ONNX's operator text. */
export function convolution(kind: 'Conv' | 'ConvTranspose', { stride, pad, group }: Geometry): Operator {
  return {
    channelOf: (index, dims) => Math.floor(index / (dims[2] * dims[3])) % dims[1],
    compute(x, w) {
      const [n, inputs, height, width] = x.dims;
      const [kh, kw] = w.dims.slice(2);
      const forward = kind === 'Conv';
      const outputs = forward ? w.dims[0] : w.dims[1] * group;
      const extent = (length: number, k: number) =>
        forward ? Math.floor((length + 2 * pad - k) / stride) + 1 : (length - 1) * stride + k - 2 * pad;
      const dims = [n, outputs, extent(height, kh), extent(width, kw)];
      const data = new Array<number>(size(dims)).fill(0);
      const [small, large] = forward ? [dims, x.dims] : [x.dims, dims];
      const [inPerGroup, outPerGroup] = [inputs / group, outputs / group];
      // `small` is the side that strides: large = small · stride + k − pad.
      for (let b = 0; b < n; b++)
        for (let o = 0; o < outputs; o++)
          for (let i = 0; i < inPerGroup; i++) {
            const c = Math.floor(o / outPerGroup) * inPerGroup + i;
            for (let r = 0; r < small[2]; r++)
              for (let s = 0; s < small[3]; s++)
                for (let p = 0; p < kh; p++)
                  for (let q = 0; q < kw; q++) {
                    const [lr, ls] = [r * stride + p - pad, s * stride + q - pad];
                    if (lr < 0 || ls < 0 || lr >= large[2] || ls >= large[3]) continue;
                    const [xr, xs, yr, ys] = forward ? [lr, ls, r, s] : [r, s, lr, ls];
                    const weight = forward
                      ? w.data[((o * inPerGroup + i) * kh + p) * kw + q]
                      : w.data[((c * outPerGroup + (o % outPerGroup)) * kh + p) * kw + q];
                    data[((b * outputs + o) * dims[2] + yr) * dims[3] + ys] +=
                      weight * x.data[((b * inputs + c) * height + xr) * width + xs];
                  }
          }
      return { dims, data };
    },
  };
}

/** x · w, of the last two dimensions; `transposed`: w has a row for each column of the result. */
export function product(transposed = false): Operator {
  return {
    channelOf: (index, dims) => index % dims.at(-1)!,
    compute(x, w) {
      const [rows, inner] = x.dims.slice(-2);
      const columns = transposed ? w.dims.at(-2)! : w.dims.at(-1)!;
      const [batches, shared] = [size(x.dims.slice(0, -2)), w.dims.length < 3];
      const dims = [...x.dims.slice(0, -2), rows, columns];
      const data = Array.from({ length: size(dims) }, (_, index) => {
        const [b, r, c] = [
          Math.floor(index / (rows * columns)) % batches,
          Math.floor(index / columns) % rows,
          index % columns,
        ];
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          const at = transposed ? c * inner + k : k * columns + c;
          sum += x.data[(b * rows + r) * inner + k] * w.data[(shared ? 0 : b * inner * columns) + at];
        }
        return sum;
      });
      return { dims, data };
    },
  };
}

export const addition: Operator = {
  channelOf: () => 0,
  compute: (x, w) => ({ dims: x.dims, data: x.data.map((v, i) => v + w.data[i]) }),
};

/** The integer next to x, ties as `rounding` has them. */
function nearest(x: number, rounding: string): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1;
  if (rounding === 'half-to-even') return floor % 2 === 0 ? floor : floor + 1;
  return x < 0 ? floor : floor + 1;
}

/** A value on its way onto a grid: clamped to its ends, and as an integer less the zero point. */
export function onGrid(x: number, { scale, zeroPoint }: QuantParams, { qmin, qmax }: Grid, rounding: string) {
  const clipped = Math.min(Math.max(x, (qmin - zeroPoint) * scale), (qmax - zeroPoint) * scale);
  const q = nearest(Math.fround(x / scale), rounding);
  return { clipped, code: Math.min(Math.max(q, qmin - zeroPoint), qmax - zeroPoint) };
}

export interface Case {
  readonly operator: Operator;
  readonly x: Values;
  /** The second operand, and the name of the activation or the layer whose weight it is. */
  readonly w: Values;
  readonly second: { readonly activation: string } | { readonly layer: string };
  readonly bias: readonly number[] | undefined;
  /** Whether the layer's integers are rescaled onto the grid of the output "y". */
  readonly ontoGrid: boolean;
  readonly accumulatorBits?: number;
}

/** ‖e‖²/‖y‖² and the shares, from every intermediate result in float64, by their definitions. */
export function referenceSplit(given: Case, quantized: Quantized): { nsr: number; shares: Shares } {
  const { operator, x, w, second, bias } = given;
  const { parameters, scheme } = quantized;
  const { rounding, bias: biasKind } = scheme.target;
  const input = parameters.activations.get('x')!;
  const walk = (values: Values, grid: Grid, paramsOf: (i: number) => QuantParams) => {
    const steps = values.data.map((v, i) => onGrid(v, paramsOf(i), grid, rounding));
    return {
      clipped: { ...values, data: steps.map((s) => s.clipped) },
      codes: { ...values, data: steps.map((s) => s.code) },
      quantized: { ...values, data: steps.map((s, i) => Math.fround(s.code * paramsOf(i).scale)) },
    };
  };
  const first = walk(x, [...parameters.activations.values()][0].grid, () => input);
  const weights = 'layer' in second ? parameters.weights.get(second.layer)! : undefined;
  const scales = weights?.params ?? [
    parameters.activations.get((second as { activation: string }).activation)!,
  ];
  const inner = size(w.dims.slice((weights?.axis ?? -1) + 1));
  const other = walk(
    w,
    weights?.grid ?? parameters.activations.get('v')!.grid,
    (i) => scales[Math.floor(i / inner) % scales.length],
  );
  // Weights of 8 bits keep their whole range; at its ends there is rounding alone.
  const isClipped = weights === undefined || scheme.weightBits < 8;

  const path = [
    operator.compute(x, w),
    operator.compute(first.clipped, w),
    operator.compute(first.quantized, w),
    operator.compute(first.quantized, isClipped ? other.clipped : w),
    operator.compute(first.quantized, other.quantized),
  ];
  const { dims } = path[0];
  const channel = (i: number) => operator.channelOf(i, dims);
  const products = scales.map((p) => input.scale * p.scale);
  const productOf = (i: number) => products[channel(i) % products.length];
  const added = path[0].data.map((_, i) => (bias === undefined ? 0 : bias[channel(i)]));
  const isSum = operator === addition;
  const accumulators = isSum ? undefined : operator.compute(first.codes, other.codes);
  const isInteger =
    biasKind === 'int32' && bias !== undefined && (scales.length === 1 || scales.length === bias.length);
  const final = path[4].data.map((v, i) => {
    if (accumulators === undefined) return v;
    const unit = productOf(i);
    const code = isInteger ? nearest(added[i] / Math.fround(unit), 'half-to-even') : undefined;
    const wrapped = wrap(accumulators.data[i] + (code ?? 0), given.accumulatorBits ?? 32);
    return wrapped * factorOf(unit, given.ontoGrid, quantized) + (code === undefined ? added[i] : 0);
  });

  const all = [...path.map(({ data }) => data.map((v, i) => v + added[i])), final];
  const steps = all.slice(1).map((values, k) => values.map((v, i) => v - all[k][i]));
  const error = final.map((v, i) => v - all[0][i]);
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  const total = dot(error, error);
  const [clip, round, secondClip, secondRound, output] = steps.map((step) => dot(step, error) / total);
  const ofActivation = weights === undefined;
  return {
    nsr: total / dot(all[0], all[0]),
    shares: {
      activationClip: clip + (ofActivation ? secondClip : 0),
      activationRound: round + (ofActivation ? secondRound : 0),
      weightClip: ofActivation ? 0 : secondClip,
      weightRound: ofActivation ? 0 : secondRound,
      output,
    },
  };
}

const wrap = (x: number, bits: number) => x - 2 ** bits * Math.floor(x / 2 ** bits + 0.5);

/** Real units of the output per integer of the accumulator. */
function factorOf(unit: number, ontoGrid: boolean, { scheme, parameters }: Quantized): number {
  if (!ontoGrid) return Math.fround(unit);
  const { scale } = parameters.activations.get('y')!;
  if (scheme.target.arithmetic.rescale === 'float-multiplier')
    return Math.fround(Math.fround(unit) / scale) * scale;
  return (Math.round((unit / scale) * 2 ** 31) / 2 ** 31) * scale;
}
