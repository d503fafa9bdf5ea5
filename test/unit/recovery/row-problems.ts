import fc from 'fast-check';
import { expect } from 'vitest';
import { asymmetricGrid, type QuantParams, quantParams, symmetricGrid } from '../../../src/numerics/grid.ts';
import type { RowProblem } from '../../../src/recovery/row-problem.ts';
import { randomSource } from '../numerics/samples.ts';

export interface ProblemSpec {
  readonly seed: number;
  readonly rows: number;
  readonly depth: number;
  readonly bits: number;
  readonly symmetric: boolean;
  /** One scale for all rows. */
  readonly perTensor: boolean;
  /** What the range of the weights is multiplied by. */
  readonly clip: number;
  /** Step of the grid that x̂ lies on; 0 for x̂ = x. */
  readonly inputStep: number;
  /** Inputs that are always zero. */
  readonly dead: readonly number[];
}

/** Samples of what a layer reads, x in FP32 and x̂ in the quantized model, each [count, depth]. */
export interface Samples {
  readonly count: number;
  readonly x: Float64Array;
  readonly quantized: Float64Array;
}

export type SampledProblem = RowProblem & { readonly samples: Samples };

/** Correlated inputs of unequal power and with means, as a Relu makes them, and Gaussian weights. */
export function sampledProblem(spec: Partial<ProblemSpec>): SampledProblem {
  const { seed = 1, rows = 4, depth = 8, bits = 4, symmetric = true, perTensor = false, clip = 1 } = spec;
  const { gauss } = randomSource(seed);
  const samples = samplesOf(gauss, depth, spec);
  const weights = Float64Array.from({ length: rows * depth }, () => Math.fround(gauss()));
  const grid = symmetric ? symmetricGrid(bits, { restricted: false }) : asymmetricGrid(bits, false);
  const paramsOf = (some: Float64Array) =>
    quantParams({ alpha: clip * Math.min(...some), beta: clip * Math.max(...some) }, grid);
  const shared = paramsOf(weights);
  const params: QuantParams[] = Array.from({ length: rows }, (_, r) =>
    perTensor ? shared : paramsOf(weights.subarray(r * depth, (r + 1) * depth)),
  );
  const { x, quantized, count } = samples;
  return {
    rows,
    depth,
    weights,
    h: meanProducts(quantized, quantized, count, depth),
    k: meanProducts(x, quantized, count, depth),
    params,
    onto: { grid, rounding: 'half-to-even' },
    samples,
  };
}

function samplesOf(
  gauss: () => number,
  depth: number,
  { inputStep = 0, dead = [] }: Partial<ProblemSpec>,
): Samples {
  const count = 4 * depth + 8;
  const factors = Math.ceil(depth / 6);
  const loads = Float64Array.from({ length: depth * factors }, gauss);
  const power = Float64Array.from({ length: depth }, () => Math.exp(0.7 * gauss()));
  const x = new Float64Array(count * depth);
  for (let t = 0; t < count; t++) {
    const factor = Float64Array.from({ length: factors }, gauss);
    for (let j = 0; j < depth; j++) {
      let sum = 0.3 + 0.7 * gauss();
      for (let f = 0; f < factors; f++) sum += (loads[j * factors + f] * factor[f]) / Math.sqrt(factors);
      x[t * depth + j] = dead.includes(j) ? 0 : Math.max(sum, 0) * power[j];
    }
  }
  const quantized = inputStep === 0 ? x : x.map((value) => Math.round(value / inputStep) * inputStep);
  return { count, x, quantized };
}

function meanProducts(a: Float64Array, b: Float64Array, count: number, depth: number): Float64Array {
  const means = new Float64Array(depth * depth);
  for (let t = 0; t < count; t++)
    for (let i = 0; i < depth; i++)
      for (let j = 0; j < depth; j++) means[i * depth + j] += (a[t * depth + i] * b[t * depth + j]) / count;
  return means;
}

/** Problems of up to 5 rows and `deepest` inputs, on grids of 2 to 5 bits, some of whose inputs are always zero. */
export const problems = (deepest: number): fc.Arbitrary<SampledProblem> =>
  fc
    .record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      rows: fc.integer({ min: 1, max: 5 }),
      depth: fc.integer({ min: 1, max: deepest }),
      bits: fc.integer({ min: 2, max: 5 }),
      symmetric: fc.boolean(),
      perTensor: fc.boolean(),
      clip: fc.constantFrom(1, 1, 0.6),
      inputStep: fc.constantFrom(0, 0.1, 0.5),
      dead: fc.uniqueArray(fc.nat(deepest - 1), { maxLength: 2 }),
    })
    .map(sampledProblem);

/** Codes anywhere in the grid of a problem, [rows, depth]. */
export function anyCodes({ weights, onto: { grid } }: RowProblem, seed: number): Int32Array {
  const { uniform } = randomSource(seed);
  return Int32Array.from(weights, () => {
    const code = grid.qmin + Math.floor(uniform() * (grid.qmax - grid.qmin + 1));
    return Math.min(code, grid.qmax);
  });
}

/** The least noise of each row over all codes, one by one. */
export function leastNoise(problem: RowProblem, row: number): number {
  const { depth, onto } = problem;
  const { qmin, qmax } = onto.grid;
  const levels = qmax - qmin + 1;
  let least = Infinity;
  for (let n = 0; n < levels ** depth; n++) {
    const codes = Array.from({ length: depth }, (_, j) => qmin + (Math.floor(n / levels ** j) % levels));
    least = Math.min(least, plainNoise(problem, row, codes));
  }
  return least;
}

/** `plainNoise` of each row, of codes [rows, depth]. */
export function rowNoise(problem: RowProblem, codes: Int32Array): Float64Array {
  return Float64Array.from({ length: problem.rows }, (_, r) =>
    plainNoise(problem, r, rowOf(codes, r, problem.depth)),
  );
}

/** ŵ H ŵᵀ − 2 w K ŵᵀ of one row, term by term. */
export function plainNoise(
  { weights, h, k, depth, params }: RowProblem,
  row: number,
  codes: ArrayLike<number>,
): number {
  const { scale, zeroPoint } = params[row];
  let sum = 0;
  for (let i = 0; i < depth; i++)
    for (let j = 0; j < depth; j++) {
      const [first, second] = [codes[i] - zeroPoint, codes[j] - zeroPoint];
      sum += first * h[i * depth + j] * second * scale ** 2;
      sum -= 2 * weights[row * depth + i] * k[i * depth + j] * second * scale;
    }
  return sum;
}

export function rowOf(codes: Int32Array, row: number, depth: number): Int32Array {
  return codes.subarray(row * depth, (row + 1) * depth);
}

/** What rounding of float64 may make of a noise of a problem. */
export function slackOf({ weights, h, rows, depth }: RowProblem): number {
  let power = 0;
  for (let j = 0; j < depth; j++) power += h[j * (depth + 1)];
  return (1e-12 * (1 + power) * weights.reduce((sum, w) => sum + w * w, 0) * depth) / rows + 1e-12;
}

export function expectInGrid({ onto: { grid }, weights }: RowProblem, codes: Int32Array): void {
  expect(codes.length).toBe(weights.length);
  expect(codes.every((q) => q >= grid.qmin && q <= grid.qmax)).toBe(true);
}

/** The noise of no row of `codes` is greater than that of `others`. */
export function expectNoNoisier(problem: RowProblem, codes: Int32Array, others: Int32Array): void {
  for (let r = 0; r < problem.rows; r++) {
    const noise = plainNoise(problem, r, rowOf(codes, r, problem.depth));
    const limit = plainNoise(problem, r, rowOf(others, r, problem.depth)) + slackOf(problem);
    expect(noise, `row ${r}`).toBeLessThanOrEqual(limit);
  }
}

/** Mean square of the error of the output, summed over rows. */
export function outputError({ samples, weights, rows, depth }: SampledProblem, values: Float64Array): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    for (let t = 0; t < samples.count; t++) {
      let error = 0;
      for (let j = 0; j < depth; j++) {
        const [i, at] = [r * depth + j, t * depth + j];
        error += values[i] * samples.quantized[at] - weights[i] * samples.x[at];
      }
      sum += error ** 2 / samples.count;
    }
  }
  return sum;
}
