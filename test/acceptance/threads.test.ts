import { describe, expect, it } from 'vitest';
import { collectHistograms } from '../../src/calibration/histograms.ts';
import type { Batch } from '../../src/data/batch.ts';
import { elementCount, type Tensor } from '../../src/numerics/tensor.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { EngineError } from '../../src/runtime/engine-error.ts';
import { type Runtime, startRuntime } from '../../src/runtime/runtime.ts';
import { inThreads } from '../../src/runtime/session-thread.ts';
import { forRunsOf } from '../../src/runtime/side-by-side.ts';
import { loader } from '../support/load-model.ts';
import { noise, random, tinyClassifier } from '../support/models.ts';

async function* every<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const model = serializeModel(tinyClassifier());

/** Sessions of the same model: one in the threads that are built, one as ever. */
async function sessions(cores: number) {
  const plain = await startRuntime('cpu');
  const runtime = inThreads(plain, undefined, cores);
  const open = (values?: number) => runtime.open(model, { optimize: 'float', ...(values && { values }) });
  return { threaded: await open(1000), plain: await open() };
}

describe('sessions in threads', () => {
  it('give the same bits in the order in which they are asked, several at once', async () => {
    const { threaded, plain } = await sessions(3);
    expect({ inputs: threaded.inputs, outputs: threaded.outputs }).toEqual({
      inputs: plain.inputs,
      outputs: plain.outputs,
    });
    expect(threaded.atOnce).toBe(4);
    const [{ name, dims }] = plain.inputs;
    const shape = dims.map((d) => d ?? 1);
    const size = shape.reduce((product, d) => product * d, 1);
    const feeds = Array.from(
      { length: 400 },
      (_, i): Record<string, Tensor> => ({
        [name]: { type: 'float32', dims: shape, data: Float32Array.from(noise(size, i + 1)) },
      }),
    );
    const expected: unknown[] = [];
    for (const each of feeds) expected.push(await plain.run(each));
    expect(await Promise.all(feeds.map((each) => threaded.run(each)))).toEqual(expected);
    await threaded.close();
    await plain.close();
  });

  it('count what they make: the histograms of one thread, and the sample that is not finite', async () => {
    const { proto, runtime: plain } = await loader();
    const loaded = await proto(tinyClassifier());
    const tensors = [...loaded.tensors.keys()];
    const [{ name, dims }] = loaded.inputs;
    const sizes = dims.slice(1).map(Number);
    const counted = (runtime: Runtime, batches: Batch[]) =>
      collectHistograms(loaded, { tensors, elements: new Map() }, every(batches), forRunsOf(1000, runtime));
    const batches = Array.from({ length: 400 }, (_, i): Batch => {
      const inputs = { [name]: random([2, ...sizes], i + 1) };
      return { indices: [2 * i, 2 * i + 1], labels: [undefined, undefined], size: 2, inputs };
    });
    const threaded = inThreads(plain, undefined, 3);
    const histograms = await counted(threaded, batches);
    expect(histograms.get(name)).toMatchObject({ slices: 400, total: 800 * elementCount(sizes) });
    expect(histograms).toEqual(await counted(plain, batches));
    const { data } = batches[300].inputs[name];
    data[data.length - 1] = Number.NaN;
    await expect(counted(threaded, batches)).rejects.toThrow(/is NaN or infinite on calibration sample 601/);
  });

  it('say what ONNX Runtime says, and go on', async () => {
    const { threaded, plain } = await sessions(2);
    const [{ name }] = plain.inputs;
    const wrong = { [name]: { type: 'float32', dims: [1, 1], data: Float32Array.of(1) } } as const;
    const saidBy = (run: Promise<unknown>) => run.catch((error: Error) => error);
    const said = await saidBy(threaded.run(wrong));
    expect(said).toBeInstanceOf(EngineError);
    expect(said).toEqual(await saidBy(plain.run(wrong)));
    await threaded.close();
    await plain.close();
  });

  it('are none on a single core', async () => {
    const { threaded } = await sessions(1);
    expect(threaded.atOnce).toBeUndefined();
  });
});
