import { isFloat, numbersOf } from '../../data/convert.ts';
import { quote, UserError } from '../../errors.ts';
import { rowOf } from '../../evaluation/evaluation.ts';
import { classOf } from '../../metrics/classification.ts';
import type { Outputs, Score, Scorer } from '../../metrics/metric.ts';
import { openScorer } from '../../metrics/score-sample.ts';
import type { ModelProto } from '../../onnx/gen/onnx_pb.ts';
import { openModel } from '../../runtime/open-model.ts';
import type { Session, SessionOptions } from '../../runtime/runtime.ts';
import type { EqualClasses } from '../../verification/outcome.ts';
import { addPowers, type SignalAndNoise } from '../../verification/signal-to-noise.ts';
import { problemOf } from '../failure.ts';
import type { Candidate } from '../judge.ts';
import { inBatches } from '../open-samples.ts';
import type { Context, Prepared } from '../prepare.ts';
import { timed } from '../progress.ts';
import type { OutputsElsewhere } from './read-output.ts';
import { openChecked } from './write-samples.ts';

/** A target whose prediction is compared with what was computed elsewhere. */
export interface Rival {
  readonly candidate: Candidate;
  /** Undefined where only the metric is known of it. */
  readonly elsewhere: OutputsElsewhere | undefined;
}

/** What a target did on the samples, as predicted and as measured; both in the order of the samples. */
export interface SideBySide {
  readonly predicted: Score[];
  /** Empty where only the metric is known. */
  readonly measured: Score[];
  /** Undefined where the outputs are no scores of classes. */
  readonly classes: EqualClasses | undefined;
  /** Of the outputs that the metric reads; undefined where none of them is of floating point. */
  readonly powers: SignalAndNoise | undefined;
}

/** What FP32 and the targets came to; a target that has no result has a reason. */
export interface MeasuredBeside {
  readonly fp32: readonly Score[];
  readonly results: ReadonlyMap<Rival, SideBySide>;
  readonly failures: ReadonlyMap<Rival, string>;
}

interface Course {
  readonly session: Session;
  readonly predicted: Scorer;
  readonly measured: Scorer;
  /** How many samples were measured elsewhere. */
  samples: number;
  equal: number;
  readonly powers: SignalAndNoise;
  hasFloats: boolean;
}

/**
 * Runs FP32 and the emulations over the evaluation samples, and scores beside them what was computed elsewhere for the same
 * samples. A target that fails is left out of the rest.
 *
 * @param samples at most; all of them if left out
 * @throws UserError when samples cannot be read, or FP32 fails
 */
export async function measureBeside(
  prepared: Prepared,
  rivals: readonly Rival[],
  samples: number | undefined,
  context: Context,
): Promise<MeasuredBeside> {
  const { config, metric, model } = prepared;
  const names = model.outputs.map(({ name }) => name);
  const courses = new Map<Rival, Course>();
  const failures = new Map<Rival, string>();
  const scorers: Scorer[] = [];
  const dataset = await openChecked(prepared, samples, context);
  const sessions: Session[] = [];
  const open = async (model: ModelProto, optimize: SessionOptions['optimize']) => {
    const session = await openModel(model, { optimize }, context.runtime);
    sessions.push(session);
    return session;
  };
  const orLeftOut = async (rival: Rival, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failures.set(rival, problemOf(error, context.signal));
    }
  };
  try {
    const fp32Session = await open(prepared.fp32.model, 'float');
    return await timed(`${config.name}/compare`, dataset.length, context, async (advance) => {
      const score = async (name: string) => {
        const scoring = { model: name, signal: context.signal, beat: () => advance(0) };
        const scorer = await openScorer(metric, scoring);
        scorers.push(scorer);
        return scorer;
      };
      const fp32 = await score('fp32');
      for (const rival of rivals)
        await orLeftOut(rival, async () => {
          const { model: emulated, optimize } = rival.candidate.emulation;
          const session = await open(emulated, optimize);
          const { id } = rival.candidate.config;
          const both = { predicted: await score(id), measured: await score(`${id}, measured`) };
          const empty = { samples: 0, equal: 0, hasFloats: false, powers: { signal: 0, noise: 0 } };
          courses.set(rival, { session, ...both, ...empty });
        });
      const left = () => [...courses].filter(([rival]) => !failures.has(rival));
      let first = 0;
      for await (const batch of inBatches(dataset, prepared, context.signal)) {
        const exact = await fp32Session.run(batch.inputs, names);
        const rows: ((scorer: Scorer, outputs: Outputs) => Promise<void>)[] = [];
        for (const [row, sample] of batch.indices.entries()) {
          const outputs = rowOf(exact, row, batch.size);
          const known = { sample, names, label: batch.labels[row], reference: metric.keep?.(outputs, names) };
          await fp32.add({ ...known, outputs });
          rows.push((scorer, given) => scorer.add({ ...known, outputs: given }));
        }
        for (const [rival, course] of left()) {
          await orLeftOut(rival, async () => {
            const results = await course.session.run(batch.inputs, names);
            for (const [row, scoreBy] of rows.entries()) {
              const predicted = rowOf(results, row, batch.size);
              await scoreBy(course.predicted, predicted);
              const measured = await rival.elsewhere?.(first + row, predicted);
              if (measured === undefined) continue;
              noteMeasured(course, prepared, { predicted, measured, sample: first + row });
              await scoreBy(course.measured, measured);
            }
          });
        }
        first += batch.indices.length;
        advance(batch.indices.length);
      }
      const results = new Map<Rival, SideBySide>();
      for (const [rival, course] of left())
        await orLeftOut(rival, async () => {
          results.set(rival, await resultOf(course, prepared));
        });
      return { fp32: [...(await fp32.finish())], failures, results };
    });
  } finally {
    for (const session of sessions) await session.close();
    for (const scorer of scorers) await scorer.close();
    await dataset.close();
  }
}

function noteMeasured(
  course: Course,
  { readOutputs, metric, model }: Prepared,
  given: { readonly predicted: Outputs; readonly measured: Outputs; readonly sample: number },
): void {
  const { predicted, measured, sample } = given;
  for (const name of readOutputs) {
    if (!Object.hasOwn(measured, name))
      throw new UserError(
        `output ${quote(name)} of sample ${sample} is not there: run all samples again, and give all outputs that the metric reads`,
      );
    if (!isFloat(predicted[name].type)) continue;
    course.hasFloats = true;
    addPowers(course.powers, numbersOf(predicted[name]), numbersOf(measured[name]));
  }
  course.samples++;
  const first = metric.output ?? model.outputs[0].name;
  if (classOf(measured[first]) === classOf(predicted[first])) course.equal++;
}

async function resultOf(
  { predicted, measured, samples, equal, powers, hasFloats }: Course,
  { metric }: Prepared,
): Promise<SideBySide> {
  const hasClasses = metric.unit === 'fraction' && metric.classes === 'scores' && samples > 0;
  return {
    predicted: [...(await predicted.finish())],
    measured: samples === 0 ? [] : [...(await measured.finish())],
    classes: hasClasses ? { equal, samples } : undefined,
    powers: hasFloats ? powers : undefined,
  };
}
