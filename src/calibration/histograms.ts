import { ahead } from '../data/ahead.ts';
import type { Batch } from '../data/batch.ts';
import { inChunks } from '../data/chunks.ts';
import { UserError } from '../errors.ts';
import { createHistogram, type Histogram, merge } from '../numerics/histogram.ts';
import { elementCount, type Tensor } from '../numerics/tensor.ts';
import { nonFiniteConstant } from '../quantization/finite-weights.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { openModel } from '../runtime/open-model.ts';
import { type CountedOutput, counterOf } from '../runtime/output-counter.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { observerModel } from './observer-graph.ts';

/** Values that leave a run together, in elements of float32 (128 MiB). */
const PART_ELEMENTS = 2 ** 25;

/** What of a model is counted. */
export interface Counted {
  /** Names of tensors, in the order of the graph. */
  readonly tensors: readonly string[];
  /** How many values tensors have in a run of a batch, as far as that is known. */
  readonly elements: ReadonlyMap<string, number>;
}

/**
 * Streams batches through the FP32 model and counts the values of tensors into histograms. Memory is bounded by tensors × bins and
 * a part of the values of one batch, in each thread, whatever the number of samples: where they are many the model runs once for
 * each part of its tensors.
 *
 * @throws UserError when an activation is NaN or infinite, naming the tensor and the sample
 */
export async function collectHistograms(
  model: LoadedModel,
  counted: Counted,
  batches: AsyncIterable<Batch>,
  runtime: Runtime,
): Promise<Map<string, Histogram>> {
  const { tensors } = counted;
  const histograms = new Map<string, Histogram>();
  const add = async (part: readonly string[], of: AsyncIterable<Batch> | Iterable<Batch>) => {
    for (const [name, histogram] of await count(model, part, { tensors, batches: of, runtime })) {
      const known = histograms.get(name);
      if (known === undefined) histograms.set(name, histogram);
      else merge(known, histogram);
    }
  };
  const parts = inParts(counted);
  // The samples are counted as they pass, also where nothing else is.
  if (parts.length === 0) for await (const _ of batches);
  else if (parts.length === 1) await add(parts[0], batches);
  // A session keeps the memory of its largest run: one after the other is open.
  else for await (const held of inChunks(batches)) for (const part of parts) await add(part, held);
  return new Map(tensors.map((name) => [name, histograms.get(name) ?? createHistogram()]));
}

/** Tensors in their order, cut where the values of a run would be too many. */
function inParts({ tensors, elements }: Counted): string[][] {
  const parts: string[][] = [];
  let total = Infinity;
  for (const name of tensors) {
    const size = elements.get(name) ?? 0;
    total += size;
    if (total > PART_ELEMENTS) {
      parts.push([]);
      total = size;
    }
    parts.at(-1)!.push(name);
  }
  return parts;
}

/** What some of the tensors are counted in. */
interface Counting {
  /** All that are counted, in the order of the graph. */
  readonly tensors: readonly string[];
  readonly batches: AsyncIterable<Batch> | Iterable<Batch>;
  readonly runtime: Runtime;
}

/** Counts the values of some tensors; those of which there are none are left out. */
async function count(
  model: LoadedModel,
  part: readonly string[],
  { tensors, batches, runtime }: Counting,
): Promise<Map<string, Histogram>> {
  const { model: observer, observed } = observerModel(model, part);
  const session = await openModel(observer, { optimize: 'float' }, runtime);
  try {
    const counter = counterOf(session, [...observed.values()]);
    const countBatch = async (batch: Batch) => {
      const rows = { rows: batch.indices.length, of: batch.size };
      return { batch, isCounted: await counter.count(batch.inputs, rows) };
    };
    for await (const { batch, isCounted } of ahead(batches, countBatch, session.atOnce ?? 1))
      if (!isCounted) throw nonFinite(model, tensors, await locateNonFinite(session, observed, batch));
    const names = [...observed.keys()];
    return new Map((await counter.take()).map((histogram, i) => [names[i], histogram]));
  } finally {
    await session.close();
  }
}

/** What to tell of a tensor that is not finite while all before it are: a constant is to blame, or the sample. */
function nonFinite(
  { where, view, weightNames }: LoadedModel,
  tensors: readonly string[],
  { tensor, sample }: { readonly tensor: string; readonly sample: number },
): UserError {
  const before = new Set(tensors.slice(0, tensors.indexOf(tensor)));
  const constant = nonFiniteConstant(view, tensor, (name) => before.has(name), where);
  return new UserError(
    constant === undefined
      ? `${where}: activation "${tensor}" is NaN or infinite on calibration sample ${sample}: check this sample, or the model's range in float32`
      : `${where}: activation "${tensor}" is NaN or infinite because "${weightNames.get(constant) ?? constant}" of the model holds NaN or an infinity: repair the model`,
  );
}

/** The first tensor in the graph's order, and the sample, that holds a value that is not finite. */
async function locateNonFinite(session: Session, observed: ReadonlyMap<string, CountedOutput>, batch: Batch) {
  for (const [row, sample] of batch.indices.entries()) {
    const alone = Object.fromEntries(
      Object.entries(batch.inputs).map(([name, t]) => [name, repeated(t, row)]),
    );
    const results = { ...alone, ...(await session.run(alone)) };
    for (const [tensor, { values }] of observed)
      if (!(results[values].data as Float32Array).every(Number.isFinite)) return { tensor, sample };
  }
  return { tensor: [...observed.keys()][0], sample: batch.indices[0] };
}

/** A batch of the same size that holds one of its samples in every row. */
function repeated(tensor: Tensor, row: number): Tensor {
  const size = elementCount(tensor.dims.slice(1));
  const data = tensor.data.slice() as Float32Array;
  const one = data.slice(row * size, (row + 1) * size);
  for (let start = 0; start < data.length; start += size) data.set(one, start);
  return { ...tensor, data };
}
