import { allOf } from '../../data/ahead.ts';
import { isFloat, numbersOf } from '../../data/convert.ts';
import type { Outputs } from '../../metrics/metric.ts';
import type { Batches } from './switched-session.ts';

/**
 * How the output noise of units adds up beside that of others that stay quantized: ⟨a, b⟩ / signal power of the noise of
 * the others, at 0, and of what each unit adds to it, behind that in their order. The sum of all of them is the output NSR
 * with all units on, as far as noise adds up like vectors.
 */
export type NoiseProducts = readonly (readonly number[])[];

/** Units whose noise is looked at, and those that are quantized all the while. */
export interface UnitsBeside {
  readonly units: readonly string[];
  readonly rest: ReadonlySet<string>;
}

/** Outputs of each sample of some batches, with these units on; with none, FP32's. */
export type RowsOf = (on: ReadonlySet<string>, batches: Batches) => Promise<readonly Outputs[]>;

/** Values of one tensor of one sample that are looked at, evenly spaced: what is left of larger ones says as much. */
const MOST_VALUES = 2 ** 16;

/**
 * Measures how the noise of units adds up: a run for each unit and one for the rest.
 *
 * @param names of the measured tensors
 * @returns infinite for a unit beside which an output is not finite, or of another length; undefined where that is so of the rest
 */
export async function noiseProducts(
  { units, rest }: UnitsBeside,
  rowsOf: RowsOf,
  [first, end]: Batches,
  names: readonly string[],
): Promise<NoiseProducts | undefined> {
  const sums = new Map<string, { signal: number; products: number[][] }>();
  for (let batch = first; batch < end; batch++) {
    const at: Batches = [batch, batch + 1];
    const fp32 = await rowsOf(new Set(), at);
    const base = await rowsOf(rest, at);
    const beside = await allOf(units, (unit) => rowsOf(new Set([...rest, unit]), at), units.length);
    for (const [sample, row] of fp32.entries())
      for (const name of names.filter((each) => isFloat(row[each].type))) {
        const [exact, noisy, ...others] = [row, base[sample], ...beside.map((rows) => rows[sample])].map(
          (each) => numbersOf(each[name]),
        );
        const noise = [difference(noisy, exact), ...others.map((each) => difference(each, noisy))];
        if (noise[0] === undefined) return undefined;
        const sum = sums.get(name) ?? { signal: 0, products: noise.map(() => noise.map(() => 0)) };
        sum.signal += finitePower(exact);
        addProducts(sum.products, noise);
        sums.set(name, sum);
      }
  }
  return pooled([...sums.values()], units.length + 1);
}

/** The mean over the tensors that have a signal, as output NSR has it. */
function pooled(
  sums: readonly { readonly signal: number; readonly products: readonly (readonly number[])[] }[],
  size: number,
): NoiseProducts {
  const alive = sums.filter(({ signal }) => signal > 0);
  const indices = Array.from({ length: size }, (_, i) => i);
  return indices.map((i) =>
    indices.map((j) =>
      alive.reduce((sum, { signal, products }) => sum + products[i][j] / signal / alive.length, 0),
    ),
  );
}

type Values = ArrayLike<number>;

/** a − b of the values that are looked at; undefined where that is not finite, or they are not as many. */
function difference(a: Values, b: Values): Float32Array | undefined {
  if (a.length !== b.length) return undefined;
  const step = stepOf(a);
  const result = new Float32Array(Math.ceil(a.length / step));
  let sum = 0;
  for (let i = 0, at = 0; at < a.length; i++, at += step) {
    // What FP32 has as an infinity already is no noise.
    result[i] = Object.is(a[at], b[at]) ? 0 : a[at] - b[at];
    sum += result[i];
  }
  return Number.isFinite(sum) ? result : undefined;
}

function finitePower(values: Values): number {
  let sum = 0;
  const step = stepOf(values);
  for (let at = 0; at < values.length; at += step) if (Number.isFinite(values[at])) sum += values[at] ** 2;
  return sum;
}

function stepOf({ length }: Values): number {
  return Math.max(Math.ceil(length / MOST_VALUES), 1);
}

function addProducts(products: number[][], noise: readonly (Float32Array | undefined)[]): void {
  for (const [i, a] of noise.entries())
    for (const [j, b] of noise.slice(0, i + 1).entries()) {
      // Infinite with itself alone: with others it has nothing in common that could be told.
      const product = a === undefined || b === undefined ? (i === j ? Infinity : 0) : dot(a, b);
      products[i][j] += product;
      if (i !== j) products[j][i] += product;
    }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
