import { arrayOf, type Tensor, type TensorData } from '../numerics/tensor.ts';
import type { Port } from '../runtime/runtime.ts';
import type { Label } from './labels.ts';
import type { Sample } from './sample.ts';

/** Samples that one run of a model takes together. */
export interface Batch {
  /** Indices of the samples in the data set. */
  readonly indices: readonly number[];
  readonly labels: readonly (Label | undefined)[];
  /** Rows of every input: more than `indices` where the last sample is repeated to fill a batch of fixed size. */
  readonly size: number;
  /** The samples' tensors joined along axis 0. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/**
 * Groups samples into batches of `size`. Where a port fixes its first dimension at `size`, the last batch is filled by
 * repeating its last sample; otherwise it is smaller. Samples of different shapes never share a batch of a
 * dynamic model, and a sample that has no leading dimension of 1 is run alone. A batch ends at every `size`th sample,
 * whatever came before, so that shards run the batches of one runner.
 *
 * @param elements input values of a batch of a dynamic model: of samples that are larger than those for which `size` was
 *   chosen, fewer run together
 */
export async function* batches(
  samples: AsyncIterable<Sample>,
  size: number,
  ports: readonly Port[],
  elements = Infinity,
): AsyncGenerator<Batch> {
  const filled = size > 1 && ports.some((port) => port.dims[0] === size);
  let group: Sample[] = [];
  let seen = 0;
  for await (const sample of samples) {
    if (group.length > 0 && !(fitsTogether(group[0]) && shapeOf(group[0]) === shapeOf(sample))) {
      yield join(group, filled ? size : 0);
      group = [];
    }
    group.push(sample);
    seen++;
    if (seen % size === 0 || (!filled && (group.length + 1) * inputElements(sample) > elements)) {
      yield join(group, 0);
      group = [];
    }
  }
  if (group.length > 0) yield join(group, filled ? size : 0);
}

/** Number of values of all inputs of a sample. */
export function inputElements({ inputs }: Pick<Sample, 'inputs'>): number {
  return Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
}

function shapeOf(sample: Sample): string {
  return Object.values(sample.inputs)
    .map((tensor) => tensor.dims.join(','))
    .join(';');
}

function fitsTogether(sample: Sample): boolean {
  return Object.values(sample.inputs).every((tensor) => tensor.dims[0] === 1);
}

function join(samples: readonly Sample[], fillTo: number): Batch {
  const first = samples[0];
  const size = fitsTogether(first) ? Math.max(samples.length, fillTo) : 1;
  const inputs = Object.fromEntries(
    Object.keys(first.inputs).map((name) => [
      name,
      joinTensors(
        samples.map((s) => s.inputs[name]),
        size,
      ),
    ]),
  );
  return { indices: samples.map((s) => s.index), labels: samples.map((s) => s.label), size, inputs };
}

/** `size` tensors with a leading dimension of 1 as one; the last one is repeated if there are fewer. */
function joinTensors(tensors: readonly Tensor[], size: number): Tensor {
  const first = tensors[0];
  if (size === 1) return first;
  const count = first.data.length;
  const data: TensorData = new (arrayOf(first.type))(size * count);
  for (let row = 0; row < size; row++)
    data.set((tensors[row] ?? tensors.at(-1)!).data as Float32Array & BigInt64Array, row * count);
  return { type: first.type, dims: [size, ...first.dims.slice(1)], data };
}
