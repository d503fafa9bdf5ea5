import type { Batch } from '../data/batch.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { Layer } from '../quantization/layer.ts';
import { columnsOf, spreadPlaces } from './columns.ts';
import type { Products } from './gram.ts';
import type { LinearForm } from './linear-form.ts';

/** Second moments of what one group of a layer reads, x in FP32 and x̂ in the quantized model. */
export interface InputMoments {
  /** E[x̂ x̂ᵀ], [depth, depth]. */
  readonly h: Float64Array;
  /** E[x x̂ᵀ], [depth, depth]. */
  readonly k: Float64Array;
  /** E[x], [depth]. */
  readonly mean: Float64Array;
  /** E[x̂], [depth]. */
  readonly quantizedMean: Float64Array;
  /** How many columns they are of. */
  readonly places: number;
}

/** What a layer reads at the same places in FP32 and in the quantized model, batch by batch. */
export interface Reads {
  readonly batches: readonly Batch[];
  readonly fp32: readonly Tensor[];
  readonly quantized: readonly Tensor[];
}

/** Columns that are multiplied together: the products of few take longer to add than to make. */
const TOGETHER = 4096;

/**
 * Takes the moments of what a layer reads, at places spread over all of its output.
 *
 * @param most places in all batches together
 * @returns one for each group; float64 sums of products of each batch
 */
export async function momentsOf(
  layer: Layer,
  form: LinearForm,
  {
    reads,
    weightDims,
    most,
  }: { readonly reads: Reads; readonly weightDims: readonly number[]; readonly most: number },
  products: Products,
): Promise<InputMoments[]> {
  const { groups, depth } = form;
  const sums = Array.from({ length: groups }, () => ({
    h: new Float64Array(depth * depth),
    k: new Float64Array(depth * depth),
    mean: new Float64Array(depth),
    quantizedMean: new Float64Array(depth),
  }));
  const samples = reads.batches.reduce((all, { indices }) => all + indices.length, 0);
  let [total, waiting] = [0, [] as Seen[]];
  const take = async () => {
    const shape = { groups, count: countOf(waiting), depth };
    const x = joined(waiting, 'plain', shape);
    const q = joined(waiting, 'quantized', shape);
    total += shape.count;
    waiting = [];
    addInto(
      sums.map((s) => s.h),
      await products.gram(q, q, shape),
    );
    addInto(
      sums.map((s) => s.k),
      await products.gram(x, q, shape),
    );
    addMeans(
      sums.map((s) => s.mean),
      x,
      shape,
    );
    addMeans(
      sums.map((s) => s.quantizedMean),
      q,
      shape,
    );
  };
  for (const [i, { indices, size }] of reads.batches.entries()) {
    const of = (input: Tensor) => columnsOf(layer, form, input, weightDims, indices.length / size);
    const [plain, quantized] = [of(reads.fp32[i]), of(reads.quantized[i])];
    const places = spreadPlaces(plain.positions, Math.ceil((most * indices.length) / samples));
    waiting.push({ count: places.length, plain: plain.at(places), quantized: quantized.at(places) });
    if (countOf(waiting) >= TOGETHER) await take();
  }
  if (waiting.length > 0) await take();
  for (const { h, k, mean, quantizedMean } of sums)
    for (const values of [h, k, mean, quantizedMean])
      for (let i = 0; i < values.length; i++) values[i] /= total;
  return sums.map((each) => ({ ...each, places: total }));
}

/** Columns of one batch, [groups, count, depth]. */
interface Seen {
  readonly count: number;
  readonly plain: Float32Array;
  readonly quantized: Float32Array;
}

function countOf(seen: readonly Seen[]): number {
  return seen.reduce((all, { count }) => all + count, 0);
}

/** Columns of several batches as one, [groups, count, depth]. */
function joined(
  seen: readonly Seen[],
  of: 'plain' | 'quantized',
  { groups, count, depth }: { readonly groups: number; readonly count: number; readonly depth: number },
): Float32Array {
  if (seen.length === 1) return seen[0][of];
  const all = new Float32Array(groups * count * depth);
  let first = 0;
  for (const each of seen) {
    const size = each.count * depth;
    for (let group = 0; group < groups; group++)
      all.set(each[of].subarray(group * size, (group + 1) * size), (group * count + first) * depth);
    first += each.count;
  }
  return all;
}

function addInto(sums: readonly Float64Array[], products: Float32Array): void {
  let at = 0;
  for (const sum of sums) for (let i = 0; i < sum.length; i++) sum[i] += products[at++];
}

function addMeans(
  sums: readonly Float64Array[],
  values: Float32Array,
  { count, depth }: { readonly count: number; readonly depth: number },
): void {
  let at = 0;
  for (const sum of sums)
    for (let place = 0; place < count; place++) for (let d = 0; d < depth; d++) sum[d] += values[at++];
}
