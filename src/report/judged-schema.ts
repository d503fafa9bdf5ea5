import { z } from 'zod';
import { rescales } from '../targets/target.ts';
import { sequenceKinds } from '../verdict/looks.ts';
import { verifiedTarget } from '../verification/verification-schema.ts';
import { metricUnits } from '../words/metric-units.ts';
import { base, decided, flips, floor, sinceBase } from './base-schema.ts';
import { likelyLeaders } from './likely-schema.ts';
import { recovery } from './recovery-schema.ts';
import { errorShares, reportedLayer } from './reported-layer.ts';
import { worstSamples } from './samples-schema.ts';
import { scheme } from './scheme-schema.ts';

const text = (longest: number) => z.string().max(longest);
const name = text(1024);
const reasons = z.array(text(2000)).max(50);
const count = z.int().min(0);
const finite = z.number();
const share = z.number().min(0).max(1);
const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const file = text(1024).regex(/^(?!\/|[A-Za-z]:|(?:[\s\S]*\/)?\.\.(?:\/|$))[^\\\p{Cc}]+$/u);

const metric = z.strictObject({
  verdict: decided.describe('What the drop by quantization comes to by itself.'),
  name: text(64),
  unit: z.enum(metricUnits),
  fp32: finite,
  quantized: finite,
  drop: finite.describe('How much worse the quantized model is, in the unit of the metric.'),
  budget: finite.nullable().describe('The allowed drop, in the unit of the metric; null where any is.'),
  confidence: z
    .number()
    .gt(0)
    .lt(1)
    .describe(
      'Two-sided level of the interval, above the asked one where samples were looked at on the way.',
    ),
  interval: z.tuple([finite, finite]),
  flips: flips.nullable().describe('Samples that quantization lost and gained, if each is right or wrong.'),
  samples: count.min(1),
  samplesToDecide: finite
    .nullable()
    .describe('About how many samples would decide; null if that is no question.'),
  pValue: share.optional().describe("McNemar's exact p-value; only with flips."),
  stopped: z
    .strictObject({
      of: count.min(1).describe('Samples that there are.'),
      interval: z
        .enum(sequenceKinds)
        .describe('It holds wherever one stops, for any number of samples, or as their number grows.'),
    })
    .optional()
    .describe('The verdict was sure before all samples were evaluated, with `stop: early`.'),
});

const arithmetic = z.strictObject({
  rescale: z.enum(rescales),
  assumed: text(500).describe('What the vendor does not publish and is assumed; empty where all is known.'),
});

const realInt8 = z.strictObject({
  quantized: finite,
  drop: finite,
  agreement: share.describe(
    'Share of the samples of `beside`, of all without it, whose greatest output is that of the emulation.',
  ),
  differing: count.describe('Those of them whose greatest output is not that of the emulation.'),
  judges: z.boolean().default(false).describe('The figures of `metric` are its.'),
  beside: z
    .strictObject({
      samples: count.min(1).describe('The first, which its emulation ran on as well.'),
      quantized: finite.describe('Its metric on these samples.'),
      emulated: finite.describe('The metric of the emulation on these samples.'),
      contradicts: z.boolean().describe('The two differ beyond noise.'),
    })
    .optional()
    .describe('The emulation, which explains the target, beside it.'),
  emulated: finite.optional().describe('The metric of the emulation on all samples, in older reports.'),
});

const attribution = z.strictObject({
  fullNsr: finite.min(0).describe('NSR of the outputs that the metric reads with every layer quantized.'),
  ranking: z.enum(['alone', 'greedy']).describe('Each layer alone, or greedily because errors interact.'),
  destroyed: z.boolean().describe("The quantized outputs have little to do with FP32's."),
  probeSamples: count.min(1),
  probesCalibrated: z
    .boolean()
    .describe('The probe samples were calibrated on: clipping of unseen data does not show.'),
  measuredAt: z
    .array(name)
    .min(1)
    .max(64)
    .optional()
    .describe(
      'The last floating-point tensors before the outputs that the metric reads, where none of these is of floating point.',
    ),
});

const suggestion = z.strictObject({
  changes: z
    .array(
      z.strictObject({
        tensor: name,
        alpha: finite,
        beta: finite,
        predictedGainDb: finite,
        predictedGainBits: finite,
      }),
    )
    .min(1)
    .max(64),
  measured: z
    .strictObject({
      quantized: finite,
      drop: finite,
      outputGainDb: finite
        .optional()
        .describe(
          'How much less noise the outputs of the probe samples have; left out where it is infinite.',
        ),
    })
    .describe('The metric with all changes together, and its drop from FP32.'),
});

const remedy = z.strictObject({
  unit: name,
  cause: z
    .strictObject({ share: errorShares.keyof(), value: finite })
    .describe('What makes most of its error.'),
  action: z.string().regex(/^[a-z0-9-]{1,64}$/),
  sentence: text(4000),
});

const floatMultiplications = z.strictObject({
  share: share.describe(
    'Of the multiplications of the model that are known: those that stay in floating point.',
  ),
  most: z
    .strictObject({ layer: name, op: text(128), share })
    .optional()
    .describe('The operator with most of them.'),
  unknown: count.describe(
    'Operators that multiply in floating point, nobody knows how much: shapes are not known.',
  ),
});

const fp16 = z
  .strictObject({
    nsr: finite
      .min(0)
      .optional()
      .describe(
        'NSR of the outputs that the metric reads where nothing is quantized and the rest is in FP16; left out where it is infinite or not known.',
      ),
    overflows: z
      .array(
        z.strictObject({
          tensor: name,
          layer: name.describe('The operator that makes it.'),
          op: text(128),
          largest: finite
            .nullable()
            .describe('Largest magnitude before rounding; null where it was infinite.'),
          share: share.optional().describe('Of its values on the probe samples, those that become infinite.'),
        }),
      )
      .max(64)
      .describe('In the order of the graph.'),
    more: count.describe('Tensors that overflow beside these.'),
    inFp32: z
      .strictObject({ quantized: finite, drop: finite, verdict: decided })
      .optional()
      .describe('Measured with `float: fp32`, where FP16 is to blame for something.'),
  })
  .describe('What is not integer is computed in FP16.');

const judged = z.strictObject({
  target: id,
  chip: id,
  scheme,
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  reasons,
  metric,
  base: base.optional(),
  sinceBase: sinceBase.optional(),
  floor: floor.optional(),
  arithmetic: arithmetic.describe('What happens to sums of products on this chip.'),
  realInt8: realInt8.optional().describe('The integer kernels of ONNX Runtime, run for real.'),
  verified: verifiedTarget
    .optional()
    .describe("What the vendor's library, or a device, made of the same files (quantgate verify)."),
  minEffectiveBits: finite.optional(),
  maxBitsLost: finite.optional(),
  additivity: finite
    .min(0)
    .optional()
    .describe('Sum of the impacts / fullNsr: about 1 where errors add, 2 and more where they interact.'),
  layers: z.array(reportedLayer).max(20_000).describe('In the order of the graph.'),
  attribution: attribution.optional(),
  likelyLeaders: likelyLeaders.optional(),
  suggestion: suggestion
    .nullable()
    .optional()
    .describe('Better ranges that were measured; null if none help.'),
  remedies: z
    .array(remedy)
    .max(64)
    .optional()
    .describe('What to do where no range helps, the costliest first.'),
  rangeMethods: z
    .array(
      z.strictObject({
        range: text(64),
        outputNsr: finite.min(0),
        isUsed: z.boolean(),
        measured: z
          .strictObject({ quantized: finite, drop: finite })
          .optional()
          .describe(
            'On the evaluation samples, of the best few; left out of one that is surely worse than what is in use.',
          ),
      }),
    )
    .max(16)
    .optional()
    .describe('NSR of the outputs with each way to choose ranges, least first; of targets that do not pass.'),
  recovery: recovery.optional(),
  worstSamples: worstSamples.optional(),
  notQuantized: z
    .array(
      z.strictObject({
        layer: name,
        op: text(128),
        why: text(500),
        share: share
          .optional()
          .describe('Of the multiplications of the model; left out where they are not known.'),
      }),
    )
    .max(20_000),
  floatMultiplications: floatMultiplications.optional().describe('Left out where there are none.'),
  fp16: fp16.optional(),
  files: z.array(file).max(1000).describe('Relative to the folder of the report.'),
});

const failed = z.strictObject({ target: id, chip: id, verdict: z.literal('error'), reasons });

/** A target of a model: judged, or why it could not be. */
export const targetEntry = z.discriminatedUnion('verdict', [judged, failed]);
