import { z } from 'zod';
import { gridBits } from './scheme-schema.ts';

const text = (longest: number) => z.string().max(longest);
const name = text(1024);
const count = z.int().min(0);
const finite = z.number();
const share = z.number().min(0).max(1);

/** α, β are what the grid covers after it was laid, not what was asked for. */
const tensor = z.strictObject({
  name,
  kind: z.enum(['input-activation', 'output-activation', 'weight']),
  alpha: finite.describe('Least real value of the grid; of all channels.'),
  beta: finite.describe('Greatest real value of the grid; of all channels.'),
  scale: z
    .union([
      finite.positive(),
      z.strictObject({ channels: count.min(1), min: finite, max: finite }),
      z.strictObject({ blocks: count.min(1), min: finite, max: finite }),
    ])
    .describe('Real units per integer; least and greatest where each channel, or block of one, has its own.'),
  zeroPoint: z
    .int()
    .min(-65536)
    .max(65536)
    .optional()
    .describe('The integer that stands for 0; left out where blocks differ in it.'),
  effectiveBits: finite.optional(),
  bitsLost: finite.optional(),
  clipShare: share.optional().describe('Share of the noise power that comes from clipping.'),
  span: finite.optional().describe('log2 of the codes from the least to the greatest value.'),
  channelPrecision: z
    .strictObject({
      channels: count.min(1),
      leastBits: finite,
      medianBits: finite,
      under4Bits: count.describe('Channels that keep fewer than 4 bits.'),
    })
    .optional()
    .describe('Bits that channels keep where one scale serves the whole weight; channels of zeros left out.'),
  suggested: z.strictObject({ alpha: finite, beta: finite, predictedGainDb: finite }).nullable().optional(),
  methods: z
    .array(z.strictObject({ range: text(64), alpha: finite, beta: finite }))
    .max(16)
    .optional()
    .describe('What each way to choose ranges would make of it; of the layers that cost the most.'),
});

/** Of the local error of a layer. */
export const errorShares = z.strictObject({
  weightRound: finite,
  weightClip: finite,
  activationRound: finite,
  activationClip: finite,
  output: finite,
});

/** A layer of a target in report.json. */
export const reportedLayer = z.strictObject({
  name,
  op: text(128),
  rank: count.min(1).optional().describe('1 costs the most.'),
  impact: finite
    .min(0)
    .optional()
    .describe('NSR of the outputs that the metric reads if only this layer is quantized.'),
  worstSample: share.optional().describe('The largest part of that noise that one probe sample has.'),
  impactSamples: count
    .min(1)
    .optional()
    .describe('Probe samples that it was measured on: fewer where it was found to cost little.'),
  cumulativeNsr: finite
    .min(0)
    .optional()
    .describe(
      'NSR of its output in the fully quantized model: it grows with depth and says nothing about blame.',
    ),
  clipRate: share.optional().describe('Share of its input values that are clipped.'),
  sqnrDb: finite.optional().describe('Of its output if it is quantized alone and reads FP32 inputs.'),
  shares: errorShares.optional().describe('Shares of the local error; they add to 1.'),
  accumulator: z
    .strictObject({
      bits: z.int().min(8).max(64),
      headroomBits: finite.describe('Bits to spare above the largest sum that any input can cause.'),
      overflows: count.describe('Sums beyond the accumulator on the evaluation samples.'),
    })
    .optional()
    .describe('Of layers that were computed with integers.'),
  bits: z
    .strictObject({ activations: gridBits.optional(), weights: gridBits.optional() })
    .optional()
    .describe('Of what it reads and of its weights, where they are not those of the scheme.'),
  tensors: z.array(tensor).max(64),
});
