import { isFloat, numbersOf } from '../../data/convert.ts';
import { quote, UserError } from '../../errors.ts';
import { rowOf } from '../../evaluation/evaluation.ts';
import { classOf } from '../../metrics/classification.ts';
import type { Outputs, Score } from '../../metrics/metric.ts';
import { scoreSample } from '../../metrics/score-sample.ts';
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
  readonly predicted: Score[];
  readonly measured: Score[];
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
  const fp32: Score[] = [];
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
    for (const rival of rivals)
      await orLeftOut(rival, async () => {
        const { model: emulated, optimize } = rival.candidate.emulation;
        const session = await open(emulated, optimize);
        const empty = { predicted: [], measured: [], equal: 0, hasFloats: false };
        courses.set(rival, { session, ...empty, powers: { signal: 0, noise: 0 } });
      });
    await timed(`${config.name}/compare`, dataset.length, context, async (advance) => {
      for await (const batch of inBatches(dataset, prepared, context.signal)) {
        const first = fp32.length;
        const exact = await fp32Session.run(batch.inputs, names);
        const rows = batch.indices.map((sample, row) => {
          const outputs = rowOf(exact, row, batch.size);
          const reference = metric.keep?.(outputs, names);
          const scoreOf = (given: Outputs) =>
            scoreSample(metric, { sample, outputs: given, names, label: batch.labels[row], reference });
          fp32.push(scoreOf(outputs));
          return scoreOf;
        });
        for (const [rival, course] of courses) {
          if (failures.has(rival)) continue;
          await orLeftOut(rival, async () => {
            const results = await course.session.run(batch.inputs, names);
            for (const [row, scoreOf] of rows.entries()) {
              const predicted = rowOf(results, row, batch.size);
              course.predicted.push(scoreOf(predicted));
              const measured = await rival.elsewhere?.(first + row, predicted);
              if (measured !== undefined)
                addMeasured(course, prepared, { predicted, measured, scoreOf, sample: first + row });
            }
          });
        }
        advance(batch.indices.length);
      }
    });
    const done = [...courses].filter(([rival]) => !failures.has(rival));
    return {
      fp32,
      failures,
      results: new Map(done.map(([rival, course]) => [rival, resultOf(course, prepared)])),
    };
  } finally {
    for (const session of sessions) await session.close();
    await dataset.close();
  }
}

function addMeasured(
  course: Course,
  { readOutputs, metric, model }: Prepared,
  given: {
    readonly predicted: Outputs;
    readonly measured: Outputs;
    readonly scoreOf: (outputs: Outputs) => Score;
    readonly sample: number;
  },
): void {
  const { predicted, measured, scoreOf, sample } = given;
  for (const name of readOutputs) {
    if (!Object.hasOwn(measured, name))
      throw new UserError(
        `output ${quote(name)} of sample ${sample} is not there: run all samples again, and give all outputs that the metric reads`,
      );
    if (!isFloat(predicted[name].type)) continue;
    course.hasFloats = true;
    addPowers(course.powers, numbersOf(predicted[name]), numbersOf(measured[name]));
  }
  course.measured.push(scoreOf(measured));
  const first = metric.output ?? model.outputs[0].name;
  if (classOf(measured[first]) === classOf(predicted[first])) course.equal++;
}

function resultOf(
  { predicted, measured, equal, powers, hasFloats }: Course,
  { metric }: Prepared,
): SideBySide {
  const hasClasses = metric.unit === 'fraction' && metric.classes === 'scores' && measured.length > 0;
  return {
    predicted,
    measured,
    classes: hasClasses ? { equal, samples: measured.length } : undefined,
    powers: hasFloats ? powers : undefined,
  };
}
