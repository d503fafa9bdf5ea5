import { allOf, oneAhead } from '../data/ahead.ts';
import type { Batch } from '../data/batch.ts';
import { inChunks } from '../data/chunks.ts';
import { reordered } from '../data/reordered.ts';
import type { Fp16Watch } from '../emulation/fp16-watch.ts';
import {
  type Evaluation,
  emptyEvaluation,
  evaluateBatches,
  firstResults,
  inDataOrder,
  type Runner,
} from '../evaluation/evaluation.ts';
import { openFp16, withoutFp16 } from '../evaluation/fp16-session.ts';
import { FIRST_LOOK, nextLook, type SeenSamples, sampleOrder } from '../evaluation/looked.ts';
import type { Reference, Score, Scorer } from '../metrics/metric.ts';
import { openScorer } from '../metrics/score-sample.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import { openModel } from '../runtime/open-model.ts';
import type { SessionOptions } from '../runtime/runtime.ts';
import { forRunsOf, sessionsAtOnce } from '../runtime/side-by-side.ts';
import { liveValuesOfRun } from './batch-size.ts';
import { problemOf } from './failure.ts';
import { inBatches, openEvaluation } from './open-samples.ts';
import type { Context, Prepared } from './prepare.ts';
import { booked, timed } from './progress.ts';

/** A model to evaluate under a name: FP32 itself, or what a target makes of it. */
export interface Contestant {
  readonly name: string;
  readonly model: ModelProto;
  readonly optimize: SessionOptions['optimize'];
  /** Outputs that count overflows, by layer: they are no outputs of the model. */
  readonly overflows: ReadonlyMap<string, string>;
  /** What it rounds to binary16 and may be too large; left out where there is none. */
  readonly fp16?: Fp16Watch;
  /** It runs on the first so many samples alone; on all if left out. */
  readonly samples?: number;
}

/** Values that are wanted at once of an emulated model, beside those of the model. */
const EMULATED_TIMES = 4;

/** The name of the FP32 model among the contestants. */
export const FP32 = 'fp32';

/** Models to evaluate on the same samples. */
export interface Contest {
  readonly contestants: readonly Contestant[];
  /** What a stored baseline kept of FP32 on these samples, where FP32 does not take part. */
  readonly references: readonly Reference[];
  /** A part of the evaluation samples; all of them if left out. */
  readonly range?: readonly [first: number, end: number];
  /** Asked at looks on the way; all go to the end if left out, and where samples come in their own order only. */
  readonly decided?: Decided;
}

/** What a contest has come to so far. */
export interface SoFar extends SeenSamples {
  /** By contestant, one for each place. */
  readonly scores: ReadonlyMap<string, readonly Score[]>;
}

/** The names of the contestants that need not go on; FP32 goes on to the end. */
export type Decided = (soFar: SoFar) => ReadonlySet<string>;

/** What a contest came to. */
export interface ContestResult {
  /** By contestant. */
  readonly evaluations: Map<string, Evaluation>;
  /** Why contestants have none, by their name. */
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * Evaluates models side by side in one stream over the evaluation samples: every sample is read and decoded once.
 * FP32, where it takes part, comes first, and the others compare with what it keeps of each sample. One of the others
 * that does not open or run, or whose outputs cannot be scored, is left out of the rest. Where there are looks on the way,
 * samples are run in the order of `sampleOrder`, and results are in the order of the data all the same.
 *
 * @throws UserError when samples cannot be read, or FP32 fails
 */
export async function evaluateSideBySide(
  prepared: Prepared,
  { contestants, references: stored, range, decided }: Contest,
  context: Context,
): Promise<ContestResult> {
  const { config, metric } = prepared;
  const evaluations = new Map(contestants.map(({ name }) => [name, emptyEvaluation()]));
  const sessions = new Map<string, Runner['session']>();
  const scorers = new Map<string, Scorer>();
  const failures = new Map<string, string>();
  const orLeftOut = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (name === FP32) throw error;
      failures.set(name, problemOf(error, context.signal));
      evaluations.delete(name);
    }
  };
  const dataset = await openEvaluation(prepared, context.place, range);
  const order = decided && sampleOrder(dataset.length ?? 0);
  const shuffled = order && reordered(dataset, order);
  const stream = inBatches(shuffled ?? dataset, prepared, context.signal);
  const inTurn =
    shuffled === undefined || stored.length === 0 ? stored : order!.map((place) => stored[place]);
  const references = evaluations.get(FP32)?.references ?? inTurn;
  const gone = new Set<string>();
  const values = contestants.length * EMULATED_TIMES * liveValuesOfRun(prepared);
  const runtime = forRunsOf(values, context.runtime);
  try {
    const openOne = async ({ name, model, optimize, fp16 }: Contestant) => {
      // The integer kernels are the CPU's: other providers have none.
      const provider = optimize === 'integer' ? 'cpu' : undefined;
      const open = (each: ModelProto) => openModel(each, { optimize }, runtime, provider);
      const { opset } = prepared.model;
      sessions.set(
        name,
        fp16 === undefined ? withoutFp16(await open(model)) : await openFp16({ model, fp16, opset }, open),
      );
    };
    const opened = await allOf(
      contestants,
      (each) => orLeftOut(each.name, () => openOne(each)).catch((error) => ({ error })),
      sessionsAtOnce(values, runtime),
    );
    // All that are open are closed below.
    for (const failed of opened) if (failed !== undefined) throw failed.error;
    const running = () => contestants.filter((each) => !failures.has(each.name));
    const left = () => running().filter(({ name }) => !gone.has(name));
    await timed(`${config.name}/evaluate`, dataset.length, context, async (advance) => {
      const scoring = { signal: context.signal, beat: () => advance(0) };
      for (const { name } of left())
        await orLeftOut(name, async () => {
          scorers.set(name, await openScorer(metric, { ...scoring, model: name }));
        });
      let seen = 0;
      for await (const chunk of oneAhead(inChunks(stream, shuffled && looks()))) {
        const starts = startsOf(chunk, seen);
        for (const { name, overflows, samples = Infinity } of left()) {
          const own = chunk.filter((_, i) => starts[i] < samples);
          const runner = {
            session: sessions.get(name)!,
            overflows,
            metric,
            scorer: scorers.get(name)!,
            references: name === FP32 ? ('keep' as const) : references,
          };
          await booked(`${config.name}/${name}`, context, () =>
            orLeftOut(name, () => evaluateBatches(runner, own, evaluations.get(name)!)),
          );
        }
        const advanced = starts.at(-1)! + chunk.at(-1)!.indices.length - seen;
        advance(advanced);
        seen += advanced;
        for (const { name, samples = Infinity } of left()) if (seen >= samples) gone.add(name);
        if (shuffled === undefined || seen < FIRST_LOOK || seen === order!.length) continue;
        const scores = new Map(left().map(({ name }) => [name, scorers.get(name)!.soFar!()]));
        for (const name of decided!({ places: order!.slice(0, seen), of: order!.length, scores }))
          gone.add(name);
        if (left().length === 0) break;
      }
      for (const { name } of running())
        await orLeftOut(name, async () => {
          for (const score of await scorers.get(name)!.finish()) evaluations.get(name)!.scores.push(score);
        });
    });
    // Batches are run whole.
    for (const { name, samples } of running())
      if (samples !== undefined) evaluations.set(name, firstResults(evaluations.get(name)!, samples));
    if (shuffled !== undefined)
      for (const [name, each] of evaluations) evaluations.set(name, inDataOrder(each, order!, order!.length));
    return { evaluations, failures };
  } finally {
    const closed = [...sessions.values()].map((session) => session.close());
    await Promise.allSettled(closed);
    for (const scorer of scorers.values()) await scorer.close();
    await dataset.close();
    // A session tells when weights that it mapped are no longer what they were.
    await Promise.all(closed);
  }
}

/** How many samples came before each of the batches that follow `seen` samples. */
function startsOf(batches: readonly Batch[], seen: number): number[] {
  let start = seen;
  return batches.map(({ indices }) => {
    const before = start;
    start += indices.length;
    return before;
  });
}

/** The looks on the way, at so many samples at least. */
function looks(): (seen: number) => boolean {
  let next = FIRST_LOOK;
  return (seen) => {
    if (seen < next) return false;
    next = nextLook(seen);
    return true;
  };
}
