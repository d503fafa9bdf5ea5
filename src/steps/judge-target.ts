import type { Calibration } from '../calibrate/record.ts';
import { numbersOf } from '../data/convert.ts';
import { argmax } from '../data/metrics/classification.ts';
import type { Outputs } from '../data/metrics/metric.ts';
import { emulatedModel } from '../emulate/emulate.ts';
import { evaluate } from '../emulate/evaluate.ts';
import { integerModel } from '../emulate/integer.ts';
import { chooseParameters, type Parameters } from '../emulate/parameters.ts';
import { effective } from '../gate/effective.ts';
import { type Judgement, judge } from '../gate/verdict.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import { serializeModel } from '../onnx/model.ts';
import { raisedToOpset10 } from '../onnx/opset.ts';
import type { SessionOptions } from '../runtime/runtime.ts';
import type { Fp32 } from './fp32.ts';
import { type Context, inBatches, openSamples, type PlannedTarget, type Prepared } from './prepare.ts';
import { timed } from './progress.ts';

/** What one target makes of a model. */
export interface TargetResult {
  readonly parameters: Parameters;
  readonly judgement: Judgement;
  /** ONNX Runtime's integer kernels beside the emulation, or why they did not run. */
  readonly integer: IntegerResult | { readonly notRun: string } | undefined;
}

export interface IntegerResult {
  readonly quantized: number;
  readonly drop: number;
  /** Samples with another greatest output than the emulation's. */
  readonly differing: number;
  readonly agreement: number;
}

/** Emulates a target on the evaluation samples and judges the drop from FP32. */
export async function judgeTarget(
  prepared: Prepared,
  target: PlannedTarget,
  calibration: Calibration,
  fp32: Fp32,
  context: Context,
): Promise<TargetResult> {
  const { config, model, metric, maxDrop } = prepared;
  const { plan, scheme } = target;
  const stage = `${config.name}/${target.config.id}`;
  const parameters = await timed(`${stage}/ranges`, undefined, context, async () =>
    chooseParameters(model, plan, scheme, calibration.histograms, Object.fromEntries(config.ranges)),
  );
  const references = fp32.baseline.references;
  const run = async (quantized: ModelProto, optimize: SessionOptions['optimize'], name: string) => {
    const classes: number[] = [];
    const dataset = await openSamples(config.evaluation, prepared, context.place);
    // The integer kernels are the CPU's: other providers have none.
    const session = await context.runtime.open(
      serializeModel(quantized),
      { optimize },
      optimize === 'integer' ? 'cpu' : undefined,
    );
    try {
      const { scores } = await timed(name, dataset.length, context, (advance) =>
        evaluate(
          session,
          inBatches(dataset, prepared, context.signal),
          metric,
          references,
          advance,
          (_, outputs) => classes.push(greatest(outputs, model.outputs[0].name)),
        ),
      );
      return { scores, classes };
    } finally {
      await session.close();
      await dataset.close();
    }
  };
  const emulated = await run(emulatedModel(model, plan, parameters), 'float', stage);
  const judged = judge({
    metric,
    fp32Scores: fp32.baseline.scores,
    quantizedScores: emulated.scores,
    budget: { maxDrop, confidence: config.budget.confidence },
  });
  const judgement = effective(judged, config.budget.onInconclusive);
  if (!scheme.target.integerKernels) return { parameters, judgement, integer: undefined };
  if (scheme.weightBits !== 8 || scheme.activationBits !== 8) {
    return { parameters, judgement, integer: { notRun: 'its integer kernels are for 8 bits' } };
  }
  const raised = raisedToOpset10(integerModel(model, plan, parameters));
  if ('obstacle' in raised) {
    return {
      parameters,
      judgement,
      integer: { notRun: `operator ${raised.obstacle} of opset ${model.opset} would have to be rewritten` },
    };
  }
  const real = await run(raised.model, 'integer', `${stage}/int8`);
  const quantized = metric.aggregate(real.scores);
  const differing = real.classes.filter((c, i) => c !== emulated.classes[i]).length;
  const drop = metric.higherIsBetter ? judgement.fp32 - quantized : quantized - judgement.fp32;
  return {
    parameters,
    judgement,
    integer: { quantized, drop, differing, agreement: 1 - differing / real.classes.length },
  };
}

function greatest(outputs: Outputs, name: string): number {
  return argmax(numbersOf(outputs[name]));
}
