import type { Batch } from '../data/batch.ts';
import type { Fp16Watch } from '../emulation/fp16-graph.ts';
import { type Evaluation, emptyEvaluation, evaluateBatch } from '../evaluation/evaluation.ts';
import type { Reference, Scorer } from '../metrics/metric.ts';
import { openScorer } from '../metrics/score-sample.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Session, SessionOptions } from '../runtime/runtime.ts';
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
  /** What watches the values that it rounds to binary16; left out where it rounds none. */
  readonly fp16?: Fp16Watch;
}

/** The name of the FP32 model among the contestants. */
export const FP32 = 'fp32';

/** Models to evaluate on the same samples. */
export interface Contest {
  readonly contestants: readonly Contestant[];
  /** What a stored baseline kept of FP32 on these samples, where FP32 does not take part. */
  readonly references: readonly Reference[];
  /** A part of the evaluation samples; all of them if left out. */
  readonly range?: readonly [first: number, end: number];
}

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
 * that does not open or run, or whose outputs cannot be scored, is left out of the rest.
 *
 * @throws UserError when samples cannot be read, or FP32 fails
 */
export async function evaluateSideBySide(
  prepared: Prepared,
  { contestants, references: stored, range }: Contest,
  context: Context,
): Promise<ContestResult> {
  const { config, metric } = prepared;
  const evaluations = new Map(contestants.map(({ name }) => [name, emptyEvaluation()]));
  const references = evaluations.get(FP32)?.references ?? stored;
  const sessions = new Map<string, Session>();
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
  try {
    for (const { name, model, optimize } of contestants) {
      // The integer kernels are the CPU's: other providers have none.
      const provider = optimize === 'integer' ? 'cpu' : undefined;
      await orLeftOut(name, async () => {
        sessions.set(name, await openModel(model, { optimize }, context.runtime, provider));
      });
    }
    const left = () => contestants.filter((each) => !failures.has(each.name));
    await timed(`${config.name}/evaluate`, dataset.length, context, async (advance) => {
      const scoring = { signal: context.signal, beat: () => advance(0) };
      for (const { name } of left())
        await orLeftOut(name, async () => {
          scorers.set(name, await openScorer(metric, { ...scoring, model: name }));
        });
      for await (const chunk of inChunks(inBatches(dataset, prepared, context.signal))) {
        for (const { name, overflows, fp16 } of left()) {
          const runner = {
            session: sessions.get(name)!,
            overflows,
            fp16,
            metric,
            scorer: scorers.get(name)!,
            references: name === FP32 ? ('keep' as const) : references,
          };
          await booked(`${config.name}/${name}`, context, () =>
            orLeftOut(name, async () => {
              for (const batch of chunk) await evaluateBatch(runner, batch, evaluations.get(name)!);
            }),
          );
        }
        advance(chunk.reduce((sum, batch) => sum + batch.indices.length, 0));
      }
      for (const { name } of left())
        await orLeftOut(name, async () => {
          for (const score of await scorers.get(name)!.finish()) evaluations.get(name)!.scores.push(score);
        });
    });
    return { evaluations, failures };
  } finally {
    for (const session of sessions.values()) await session.close();
    for (const scorer of scorers.values()) await scorer.close();
    await dataset.close();
  }
}

/** Input values held at once, in elements (64 MiB of float32): sessions that take turns too often slow each other down. */
const CHUNK_ELEMENTS = 2 ** 24;

async function* inChunks(batches: AsyncIterable<Batch>): AsyncGenerator<Batch[]> {
  let chunk: Batch[] = [];
  let elements = 0;
  for await (const batch of batches) {
    chunk.push(batch);
    elements += Object.values(batch.inputs).reduce((sum, { data }) => sum + data.length, 0);
    if (elements < CHUNK_ELEMENTS) continue;
    yield chunk;
    chunk = [];
    elements = 0;
  }
  if (chunk.length > 0) yield chunk;
}
