import { inputElements } from '../data/batch.ts';
import { numbersOf } from '../data/convert.ts';
import type { Sample } from '../data/sample.ts';
import { UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { liveValues } from '../runtime/live-values.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { tensorSizes } from '../runtime/sample-shapes.ts';

/** Memory that all tensors of a batch may take together, in elements of float32 (64 MiB). */
const BATCH_ELEMENTS = 2 ** 24;
const MAX_BATCH = 16;
/** Input values of a batch whose size the model fixes: 1 GiB of float32. */
const MAX_FIXED_ELEMENTS = 2 ** 28;

/**
 * How many samples one run of the model may take. A model with a fixed first dimension takes exactly that.
 * A dynamic one is tried with two samples: only if the rows of its outputs are the outputs of each sample alone
 * is the first dimension a batch, and then the size is what memory allows.
 *
 * @param model with the shapes that `sample` gives to its tensors
 * @throws UserError when the batch that it fixes is too large
 */
export async function batchSizeOf(model: LoadedModel, sample: Sample, runtime: Runtime): Promise<number> {
  const leading = model.inputs.map((input) => input.dims[0]);
  const fixed = leading.find((d) => typeof d === 'number');
  if (leading.some((d) => d === undefined)) return 1;
  if (fixed !== undefined) {
    const size = leading.every((d) => d === fixed) ? fixed : 1;
    const elements = size * inputElements(sample);
    if (elements > MAX_FIXED_ELEMENTS)
      throw new UserError(
        `${model.where} takes ${size} samples at once, ${elements} input values: ${MAX_FIXED_ELEMENTS} at most are fed, export it with a smaller first dimension`,
      );
    return size;
  }
  const session = await openModel(model.model, { optimize: 'float' }, runtime);
  try {
    if (!(await takesBatches(session, sample))) return 1;
  } finally {
    await session.close();
  }
  const elements = total(tensorSizes(model).values());
  return Math.max(1, Math.min(MAX_BATCH, Math.floor(BATCH_ELEMENTS / Math.max(elements, 1))));
}

/**
 * Elements of every tensor in a run of a batch of samples such as the first.
 *
 * @param shaped the model with the shapes that one sample gives to its tensors
 */
export function elementsOfRun({
  model,
  shaped,
  batchSize,
}: {
  readonly model: LoadedModel;
  readonly shaped: LoadedModel;
  readonly batchSize: number;
}): Map<string, number> {
  const isFixed = model.inputs.some(({ dims }) => dims[0] === batchSize);
  const samples = isFixed ? 1 : batchSize;
  return new Map([...tensorSizes(shaped)].map(([name, size]) => [name, samples * size]));
}

/** Values of all tensors together in a run of a batch of samples such as the first. */
export function valuesOfRun(prepared: Parameters<typeof elementsOfRun>[0]): number {
  return total(elementsOfRun(prepared).values());
}

/** Values that are wanted at once in a run of a batch of samples such as the first. */
export function liveValuesOfRun(prepared: Parameters<typeof elementsOfRun>[0]): number {
  return liveValues(prepared.model.model.graph!, elementsOfRun(prepared));
}

function total(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + count, 0);
}

async function takesBatches(session: Session, sample: Sample): Promise<boolean> {
  try {
    const one = await session.run(sample.inputs);
    const two = await session.run(mapValues(sample.inputs, twice));
    return Object.entries(one).every(([name, tensor]) => sameRows(tensor, two[name]));
  } catch {
    // A shape that is written into the graph refuses the second sample.
    return false;
  }
}

function sameRows(one: Tensor, two: Tensor): boolean {
  if (one.dims[0] !== 1 || two.dims[0] !== 2 || two.data.length !== 2 * one.data.length) return false;
  const [single, pair] = [numbersOf(one), numbersOf(two)];
  let largest = 1e-6;
  for (const x of single) largest = Math.max(largest, Math.abs(x));
  // Kernels may sum in another order for another batch size; a mixed-up batch differs by far more.
  return pair.every((x, i) => !(Math.abs(x - single[i % single.length]) > 1e-3 * largest));
}

function twice(tensor: Tensor): Tensor {
  const data = new (tensor.data.constructor as Float32ArrayConstructor)(2 * tensor.data.length);
  data.set(tensor.data as Float32Array);
  data.set(tensor.data as Float32Array, tensor.data.length);
  return { type: tensor.type, dims: [2, ...tensor.dims.slice(1)], data };
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
