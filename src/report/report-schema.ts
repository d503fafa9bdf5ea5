import { z } from 'zod';
import { providers } from '../runtime/provider.ts';
import { sha256Hex } from '../sha256.ts';
import { combine, type Verdict } from '../verdict/combine.ts';
import { modelGraph } from './graph-schema.ts';
import { targetEntry } from './judged-schema.ts';
import { leaders } from './leaders-schema.ts';

const text = (longest: number) => z.string().max(longest);
const name = text(1024);
const reasons = z.array(text(2000)).max(50);
const commit = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const count = z.int().min(0);
const finite = z.number();
const id = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

const baseline = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('compared'),
    metric: text(64),
    value: finite.describe('FP32 metric of the baseline.'),
    sha: commit.nullable().describe('Commit that the baseline was made of; null outside of git.'),
    sha256: sha256Hex.describe('Of the baseline file.'),
    date: z.iso.datetime().describe('When the baseline was made.'),
  }),
  z.strictObject({ state: z.literal('no-baseline-yet') }),
  z.strictObject({
    state: z.literal('baseline-unavailable'),
    reason: text(2000),
    isOther: z
      .boolean()
      .optional()
      .describe('It is there, and of other data or another metric, or somebody may have hidden it.'),
  }),
]);

const model = z.strictObject({
  name: id,
  modelSha256: sha256Hex.nullable().describe('null if an error came before it was known, as below.'),
  dataSha256: sha256Hex.nullable(),
  opset: count.nullable(),
  calibrationSamples: count.nullable(),
  baseline,
  targets: z.array(targetEntry).min(1).max(32),
  graph: modelGraph.optional(),
  leaders: leaders.optional(),
  config: text(32_768).optional().describe('What judged it, as `quantgate.yml` says it.'),
});

const verdict = z.enum(['pass', 'fail', 'inconclusive', 'error']);

const proposed = z.strictObject({
  verdict: verdict.describe('What it would be with the configuration of the pull request.'),
  counts: z
    .boolean()
    .optional()
    .describe('It changes the paths of models or data, or data: the worse of both verdicts counts.'),
  reasons,
});

const change = z.strictObject({
  base: commit.describe('Commit whose configuration, data and modules judged.'),
  branch: name.min(1).describe('The branch to merge into.'),
  pullRequest: z.int().min(1).nullable().describe('null in a merge group.'),
});

const accepted = z.strictObject({
  by: text(100).describe('Login of who takes this commit in spite of the verdict.'),
  reason: text(500),
});

/** Seconds by stage. */
export const stageSeconds = z.record(z.string().regex(/^[A-Za-z0-9._:/-]{1,256}$/), finite.min(0));

/** `report.json`. Two runs on the same input differ in `times` only. */
export const reportSchema = z
  .strictObject({
    version: z.literal(1),
    tool: z.strictObject({ name: z.literal('quantgate'), version: text(64) }),
    head: commit.nullable().describe('Commit that was judged; null outside of git.'),
    change: change
      .optional()
      .describe('What was proposed where, for which alone this speaks; left out of a push.'),
    configSha256: sha256Hex.describe('Of what the configuration that judged says of models and provider.'),
    verdict: verdict.describe(
      'The worst of all targets; pass if nothing had changed; inconclusive at best where there are doubts.',
    ),
    doubts: reasons.optional().describe('Why what was judged may not be believed as it is.'),
    unchanged: text(500)
      .optional()
      .describe('Why nothing was judged: no model has changed, nor what judges it.'),
    proposed: proposed.optional().describe('Where a pull request changes the configuration.'),
    accepted: accepted.optional(),
    provider: z.enum(providers).nullable().describe('Where the models ran; null if none did.'),
    models: z.array(model).max(64),
    warnings: z.array(text(2000)).max(200),
    times: z.strictObject({
      date: z.iso.datetime(),
      seconds: stageSeconds.describe('By stage, of the run that judged: together they are its time.'),
      explained: z
        .array(z.strictObject({ shard: z.string().regex(/^\d{1,4}\/\d{1,4}$/), seconds: stageSeconds }))
        .max(256)
        .optional()
        .describe('The same of other runners that explained targets, each of a time of its own.'),
      machine: text(300).optional().describe('What it ran on.'),
      run: text(500).optional().describe('Address of the run of the workflow.'),
    }),
  })
  .meta({ title: 'report.json of quantgate' })
  .refine((report) => report.verdict === overallVerdict(report), {
    error: 'is not the worst of the targets',
    path: ['verdict'],
  });

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

export type Report = Immutable<z.infer<typeof reportSchema>>;
export type ModelReport = Report['models'][number];
export type TargetReport = ModelReport['targets'][number];
export type JudgedTarget = Extract<TargetReport, { metric: object }>;
export type LayerReport = JudgedTarget['layers'][number];
export type TensorReport = LayerReport['tensors'][number];
export type RemedyReport = NonNullable<JudgedTarget['remedies']>[number];
export type BaselineState = ModelReport['baseline'];

/**
 * The worst verdict of all targets; `error` if there is none although something had changed. What is doubted does not pass, and
 * neither does what its own data fail, where it changes what it is measured with.
 */
export function overallVerdict(report: {
  readonly unchanged?: string;
  readonly doubts?: readonly string[];
  readonly proposed?: { readonly verdict: Verdict; readonly counts?: boolean };
  readonly models: readonly { readonly targets: readonly { readonly verdict: Verdict }[] }[];
}): Verdict {
  const { unchanged, doubts = [], proposed, models } = report;
  if (unchanged !== undefined && models.length === 0) return 'pass';
  return combine([
    ...models.flatMap(({ targets }) => targets.map((each) => each.verdict)),
    ...(doubts.length > 0 && models.length > 0 ? (['inconclusive'] as const) : []),
    ...(proposed?.counts ? [proposed.verdict] : []),
  ]);
}
