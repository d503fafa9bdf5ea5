import { type Fp16Model, watchedModel } from '../emulation/fp16-watch.ts';
import { OVERFLOW_FLOAT16 } from '../numerics/float16.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import type { Session } from '../runtime/runtime.ts';

/** What a run gave. */
export interface Ran {
  readonly results: Record<string, Tensor>;
  /** Tensors that had values beyond binary16, with the largest before it was rounded; infinite where one was. */
  readonly beyond: ReadonlyMap<string, number>;
}

/** A session of a model that is evaluated. */
export interface EvaluatedSession extends Pick<Session, 'outputs' | 'atOnce' | 'close'> {
  run(feeds: Parameters<Session['run']>[0]): Promise<Ran>;
}

/** A session of a model that does not compute in FP16. */
export function withoutFp16(session: Session): EvaluatedSession {
  return { ...session, run: async (feeds) => ({ results: await session.run(feeds), beyond: NONE }) };
}

const NONE: ReadonlyMap<string, number> = new Map();

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
): Promise<EvaluatedSession> {
  const all = new Set(given.fp16.tensors.map(({ name }) => name));
  let changes = 0;
  let watching = await opened(new Set());
  let changed: Promise<unknown> = Promise.resolve();
  const { session: first, watched } = watching;
  const sums = new Set(watched.sums);
  const outputs = first.outputs.filter(({ name }) => !sums.has(name));

  async function opened(told: ReadonlySet<string>) {
    const model = watchedModel(given, opset, told);
    return { told, watched: model, session: await open(model.model) };
  }

  async function change(told: ReadonlySet<string>): Promise<void> {
    const { session } = watching;
    watching = await opened(told);
    await session.close();
  }

  /** Undefined where something was beyond binary16 that is not watched. */
  async function runOnce(feeds: Parameters<Session['run']>[0]): Promise<Ran | undefined> {
    const { session, watched: by } = watching;
    const results = await session.run(feeds);
    const numberOf = (name: string) => Number(results[name].data[0]);
    const isWhole = by.sums.every((name) => Number.isFinite(numberOf(name)));
    const beyond = new Map(
      [...by.largest].flatMap(([tensor, name]) => {
        const most = Number.isNaN(numberOf(name)) ? Infinity : numberOf(name);
        return most >= OVERFLOW_FLOAT16 ? [[tensor, most]] : [];
      }),
    );
    for (const name of [...by.sums, ...by.largest.values()]) delete results[name];
    return isWhole ? { results, beyond } : undefined;
  }

  /** After the repetitions before it, what was watched may have changed meanwhile. */
  async function repeated(feeds: Parameters<Session['run']>[0], before: typeof watching): Promise<Ran> {
    const again = watching === before ? undefined : await runOnce(feeds);
    if (again !== undefined) return again;
    const { told } = watching;
    await change(all);
    // Nothing is left that is not watched.
    const ran = (await runOnce(feeds))!;
    const closely = new Set([...told, ...ran.beyond.keys()]);
    // A sum may be no number where no value is too large, such as a root of a negative one.
    if (++changes < MOST_CHANGES && closely.size > told.size && closely.size < all.size)
      await change(closely);
    return ran;
  }

  async function run(feeds: Parameters<Session['run']>[0]): Promise<Ran> {
    const before = watching;
    const ran = await runOnce(feeds);
    if (ran !== undefined) return ran;
    const next = changed.then(() => repeated(feeds, before));
    changed = next.catch(() => {});
    return next;
  }

  const running = new Set<Promise<unknown>>();
  return {
    outputs,
    ...(first.atOnce !== undefined && { atOnce: first.atOnce }),
    run(feeds) {
      const begun = run(feeds);
      const forget = () => running.delete(begun);
      running.add(begun);
      begun.then(forget, forget);
      return begun;
    },
    async close() {
      // One of them may open another session.
      await Promise.allSettled(running);
      await watching.session.close();
    },
  };
}
