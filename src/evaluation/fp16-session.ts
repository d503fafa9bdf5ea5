import { type Fp16Model, watchedModel } from '../emulation/fp16-watch.ts';
import { OVERFLOW_FLOAT16 } from '../numerics/float16.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import type { Session } from '../runtime/runtime.ts';

/** A session of a model that computes in FP16. */
export interface Fp16Session extends Session {
  /** Tensors that had values beyond binary16 in the last run, with the largest before it was rounded; infinite where one was. */
  beyond(): ReadonlyMap<string, number>;
}

/** Changes of what is watched more closely, each of which opens two sessions: after these it is everything. */
const MOST_CHANGES = 4;

/**
 * Opens a model that computes in FP16. It is watched by what takes least. Where that tells of a value beyond binary16 the run is
 * repeated with every tensor watched, and those that had some are watched closely from then on.
 *
 * @param open opens a session
 */
export async function openFp16(
  { opset, ...given }: Fp16Model & { readonly opset: number },
  open: (model: ModelProto) => Promise<Session>,
): Promise<Fp16Session> {
  const all = new Set(given.fp16.tensors.map(({ name }) => name));
  let told: ReadonlySet<string> = new Set();
  let changes = 0;
  let { watched, session } = await opened(told);
  let beyond: ReadonlyMap<string, number> = new Map();
  const { inputs } = session;
  const sums = new Set(watched.sums);
  const outputs = session.outputs.filter(({ name }) => !sums.has(name));

  async function opened(tensors: ReadonlySet<string>) {
    const model = watchedModel(given, opset, tensors);
    return { watched: model, session: await open(model.model) };
  }

  async function change(tensors: ReadonlySet<string>): Promise<void> {
    const next = await opened(tensors);
    await session.close();
    ({ watched, session } = next);
    told = tensors;
  }

  async function run(feeds: Parameters<Session['run']>[0]): ReturnType<Session['run']> {
    const results = await session.run(feeds);
    const { sums, largest } = watched;
    const numberOf = (name: string) => Number(results[name].data[0]);
    const isWhole = sums.every((name) => Number.isFinite(numberOf(name)));
    beyond = new Map(
      [...largest].flatMap(([tensor, name]) => {
        const most = Number.isNaN(numberOf(name)) ? Infinity : numberOf(name);
        return most >= OVERFLOW_FLOAT16 ? [[tensor, most]] : [];
      }),
    );
    for (const name of [...sums, ...largest.values()]) delete results[name];
    if (isWhole) return results;
    const before = told;
    await change(all);
    const repeated = await run(feeds);
    const closely = new Set([...before, ...beyond.keys()]);
    // A sum may be no number where no value is too large, such as a root of a negative one.
    if (++changes < MOST_CHANGES && closely.size > before.size && closely.size < all.size)
      await change(closely);
    return repeated;
  }

  return { inputs, outputs, run, beyond: () => beyond, close: () => session.close() };
}
