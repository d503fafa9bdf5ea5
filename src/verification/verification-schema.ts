import { z } from 'zod';
import { sha256Hex } from '../sha256.ts';
import { metricUnits } from '../words/metric-units.ts';
import { outcomes } from './outcome.ts';

const text = (longest: number) => z.string().max(longest);
const name = text(1024);
const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const finite = z.number();
const count = z.int().min(0);
const share = z.number().min(0).max(1);
const reasons = z.array(text(2000)).max(50);
const library = text(128).describe('What ran the files: a library of the vendor, or a device.');
const libraryVersion = text(64).describe('Empty where nobody told it.');
const sqnr = finite
  .nullable()
  .describe('Of the outputs that the metric reads, the prediction as signal; null where nothing differs.');

/** What a check says of a target where others keep it: in report.json and in the history. */
export const verifiedTarget = z.strictObject({
  outcome: z.enum(outcomes),
  library,
  version: libraryVersion,
  date: z.iso.datetime(),
  predicted: finite.describe('The metric of the emulation on these samples, in its unit.'),
  measured: finite,
  samples: count.min(1),
  equalShare: share
    .optional()
    .describe('Share of samples with the same greatest output; only where outputs are scores of classes.'),
  sqnrDb: sqnr.optional(),
});

export type VerifiedTarget = Readonly<z.output<typeof verifiedTarget>>;

const comparedTensor = z.strictObject({
  layer: name.describe('The operator that makes it.'),
  tensor: name,
  equalShare: share.describe('Share of its codes that are the same.'),
  largestStep: count.describe('The largest difference of a code, in steps of the grid.'),
  sqnrDb: finite.nullable().describe('Null where nothing differs.'),
});

const layers = z.strictObject({
  samples: count.min(1),
  along: z.array(comparedTensor).max(20_000).describe('In the order of the graph.'),
  first: comparedTensor.nullable().describe('The first that differs in any code.'),
  worst: comparedTensor.nullable().describe('The one with the least SQNR: what differs before it is in it.'),
});

const checked = z.strictObject({
  target: id,
  chip: id,
  outcome: z.enum(outcomes),
  reasons,
  source: z
    .enum(['library', 'device-outputs', 'device-metrics'])
    .describe("A vendor's library that ran here, or what a device returned."),
  library,
  version: libraryVersion,
  metric: z.strictObject({
    name: text(64),
    unit: z.enum(metricUnits),
    fp32: finite,
    predicted: finite.describe('Of the emulation.'),
    measured: finite,
    difference: finite.describe('Measured less predicted, in the unit of the metric.'),
    interval: z.tuple([finite, finite]).describe('Of the difference.'),
    confidence: z.number().gt(0).lt(1).describe('Two-sided level of the interval.'),
  }),
  samples: count.min(1),
  equalShare: verifiedTarget.shape.equalShare,
  sqnrDb: sqnr.optional(),
  layers: layers.optional().describe('Left out where no tensor inside of the model could be seen.'),
  notes: z.array(text(2000)).max(100).describe('What the script of the library told, and what was left out.'),
});

const unchecked = z.strictObject({ target: id, chip: id, outcome: z.literal('error'), reasons });

/** `verify.json`. */
export const verificationSchema = z
  .strictObject({
    version: z.literal(1),
    tool: z.strictObject({ name: z.literal('quantgate'), version: text(64) }),
    date: z.iso.datetime(),
    models: z
      .array(
        z.strictObject({
          name: id,
          modelSha256: sha256Hex,
          dataSha256: sha256Hex.describe('Of all evaluation samples, labels and preprocessing.'),
          targets: z.array(z.discriminatedUnion('outcome', [checked, unchecked])).max(32),
        }),
      )
      .max(64),
  })
  .meta({ title: 'verify.json of quantgate' });

export type Verification = Readonly<z.output<typeof verificationSchema>>;
export type VerifiedModel = Verification['models'][number];
export type TargetCheck = VerifiedModel['targets'][number];
export type CheckedTarget = Extract<TargetCheck, { metric: object }>;

/** What of a check others keep. */
export function verifiedOf(checked: CheckedTarget, date: string): VerifiedTarget {
  const { outcome, library, version, metric, samples, equalShare, sqnrDb } = checked;
  return {
    outcome,
    library,
    version,
    date,
    predicted: metric.predicted,
    measured: metric.measured,
    samples,
    ...(equalShare !== undefined && { equalShare }),
    ...(sqnrDb !== undefined && { sqnrDb }),
  };
}
