import { z } from 'zod';
import { RELATIVE_PATH, relativePath } from '../data/relative-path.ts';
import type { ConfigurableMetric } from '../metrics/configurable.ts';
import { configurableMetrics, metrics } from '../metrics/index.ts';
import { providers } from '../runtime/provider.ts';
import { targetOf } from '../targets/index.ts';
import { attributePolicies } from './attribute-policy.ts';
import { budget, hint, tensorName } from './budget-schema.ts';
import { commentPolicies } from './comment-policy.ts';
import { entries } from './entries.ts';
import { limits } from './limits-schema.ts';
import { recover } from './recover-schema.ts';
import { DEFAULT_RANGE, kindOf, type TargetInput, targetId } from './target-id.ts';
import { canChoose, choicesOf } from './target-problems.ts';
import { finite, pins, range, target } from './target-schema.ts';

const plainNames = metrics.map((metric) => metric.name);
/** Those of options that may all be left out, too. */
const metricNames = [
  ...plainNames,
  ...configurableMetrics.filter(({ options }) => options.safeParse({}).success).map(({ name }) => name),
];

const path = relativePath;

const samples = z
  .tuple([z.int().min(0).max(1e9), z.int().min(1).max(1e9)], hint('must be [first, end], two sample numbers'))
  .refine(([first, end]) => first < end, { error: 'the first sample must come before the end' })
  .describe('Which samples of the file: from the first, counted from 0, up to but without the end.');

const inputs = z
  .union(
    [path, z.record(tensorName, path).refine(...entries(1, 64))],
    hint(`must be ${RELATIVE_PATH}, or a map from model input to such a path`),
  )
  .describe('The data of the model input, or a map from each model input to its data.');

const calibration = z
  .strictObject({ inputs, range: samples.optional() })
  .describe('Samples that the ranges are chosen from.');

const METRIC_HINT = `must be one of ${metricNames.join(', ')}, a module (./metric.mjs), or a map ({ name: map, layout: yolov8 })`;
const modulePath = path.regex(/^\.\/.*\.m?js$/, hint(METRIC_HINT));
const output = tensorName.describe('The model output that the metric reads; the first by default.');

/** Its options stand beside its name. */
function withOptions({ name, options }: ConfigurableMetric): z.ZodType<{ name: string; output?: string }> {
  const all = options.safeExtend({ name: z.literal(name), output: output.optional() });
  return all as unknown as z.ZodType<{ name: string; output?: string }>;
}

const metric = z
  .union(
    [
      z.enum(metricNames, hint(METRIC_HINT)),
      modulePath,
      z.strictObject({ name: z.enum(plainNames, hint(METRIC_HINT)), output: output.optional() }),
      ...configurableMetrics.map(withOptions),
      z.strictObject({ module: modulePath, output: output.optional() }),
    ],
    hint(METRIC_HINT),
  )
  .describe('What is measured: top1 by default if there are labels, otherwise agreement with FP32.');

const evaluation = z
  .strictObject({
    inputs,
    range: samples.optional(),
    labels: path
      .describe(
        'Class ids, texts, boxes (a COCO .json), or the tensors that psnr, mse, mae and miou compare with.',
      )
      .optional(),
    metric: metric.optional(),
  })
  .describe('Samples that FP32 and quantized model are compared on.');

const perChannel = z.array(finite).min(1).max(64);
const preprocess = z
  .strictObject({
    scale: finite.default(1).describe('Factor of the raw values.'),
    mean: perChannel.default([0]).describe('Subtracted after scaling: one value, or one per channel.'),
    std: z.array(finite.positive()).min(1).max(64).default([1]).describe('Divided by last, like mean.'),
    bgr: z.boolean().default(false).describe('Swap the channels of images from RGB to BGR.'),
  })
  .describe(
    'The model reads (x * scale - mean) / std. Integer inputs beside floating-point ones are left alone unless they are images.',
  )
  .refine(({ mean, std }) => mean.length === std.length || mean.length === 1 || std.length === 1, {
    error: 'mean and std must have as many values, or one',
    path: ['std'],
  });

const attribute = z
  .enum(attributePolicies, hint(`must be one of ${attributePolicies.join(', ')}`))
  .default('on-failure')
  .describe(
    'Whose layers are measured for what each costs: those of targets that do not pass, or of all. A budget of min-sqnr-db and recovery of all targets ask for it, too.',
  );

const model = z
  .strictObject({
    name: z
      .string()
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/, hint('must be 1 to 64 letters, digits, ".", "_" or "-"'))
      .describe('Names the model in reports and folders; unique.'),
    path: path.describe('The ONNX file.'),
    reference: path
      .optional()
      .describe('The FP32 model of one that is quantized already: its loss is measured against it.'),
    preprocess: preprocess.optional(),
    calibration,
    evaluation,
    targets: z.array(target).min(1).max(32).describe('The chips that the model ships on.'),
    range: range.default(DEFAULT_RANGE).describe('How the ranges of activations are chosen.'),
    ranges: pins.optional().describe('Pinned ranges by tensor name, for all targets.'),
    recover,
    attribute,
    budget,
  })
  .superRefine(({ targets: given, range: fallback, budget: { 'min-effective-bits': fewest } }, context) => {
    const widest = Math.max(...given.map(widestGrid));
    if (fewest !== undefined && (typeof fewest === 'number' ? fewest : fewest.value) > widest) {
      context.addIssue({
        code: 'custom',
        path: ['budget', 'min-effective-bits'],
        message: `no target can keep that: the widest grid has ${widest} bits`,
      });
    }
    given.forEach((each, index) => {
      if (typeof each === 'string' || each.range !== undefined) return;
      const as = targetOf(each.chip, kindOf(each));
      if (as !== undefined && !canChoose(fallback, as))
        context.addIssue({
          code: 'custom',
          path: ['targets', index],
          message: `the range of the model, ${fallback}, ${choicesOf(as)}`,
        });
    });
    const ids = given.map((each) => targetId(each, fallback));
    refuseRepeated(ids, (index, first) =>
      context.addIssue({
        code: 'custom',
        path: ['targets', index],
        message: `is the same target as targets[${first}]`,
      }),
    );
  });

const baseline = z
  .union(
    [
      path,
      z.strictObject({
        release: z
          .string()
          .min(1)
          .max(256)
          .regex(/^[^\p{Cc}]+$/u)
          .describe('Tag of the release.'),
      }),
    ],
    hint(`must be ${RELATIVE_PATH}, or a map { release: tag }`),
  )
  .describe(
    'Where baselines are if no workflow has left any: a folder (in a pull request, as it is in the base), or a release.',
  );

/** `quantgate.yml` as people write it: keys in kebab-case, every default optional. */
export const configSchema = z
  .strictObject({
    version: z.literal(1, hint('must be 1')).describe('Version of this format.'),
    provider: z
      .enum([...providers, 'auto'])
      .default('cpu')
      .describe('Where models run; auto takes the first of cuda, webgpu, cpu that works.'),
    baseline: baseline.optional(),
    comment: z
      .enum(commentPolicies)
      .optional()
      .describe('When a pull request gets a comment: on-change by default.'),
    history: z
      .strictObject(
        {
          branch: z
            .string()
            .min(1)
            .max(200)
            .regex(
              /^(?!-)(?!refs\/)(?!HEAD$)(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[A-Za-z0-9._/-]+(?<![./])$/,
              hint('must be the name of a branch'),
            )
            .describe(
              'A branch of its own, such as quantgate-history, for history.json, a page and a badge.',
            ),
        },
        hint('must be a map such as { branch: quantgate-history }'),
      )
      .optional()
      .describe('Where the history of the base branch is kept beside its baselines.'),
    watch: z
      .array(path, hint('must be a list of paths'))
      .max(100)
      .default([])
      .describe(
        'Files and folders, beside models and data, whose change is measured: what exports a model, say.',
      ),
    acceptance: z
      .strictObject({
        'author-may-accept': z
          .boolean()
          .default(false)
          .describe('Whether the author of a pull request may accept it.'),
      })
      .optional()
      .describe('Who may merge in spite of a verdict, by a comment.'),
    limits,
    models: z
      .array(model)
      .min(1)
      .max(64)
      .superRefine((models, context) => {
        // Folders are named after models, and some file systems do not tell A from a.
        const names = models.map(({ name }) => name.toLowerCase());
        refuseRepeated(names, (index, first) =>
          context.addIssue({
            code: 'custom',
            path: [index, 'name'],
            message: `is also the name of models[${first}]`,
          }),
        );
      })
      .describe('The models that are judged, each by itself.'),
  })
  .meta({
    title: 'quantgate.yml',
    description: 'Models, their data, the chips they ship on and the budget.',
  });

export type ConfigInput = z.output<typeof configSchema>;
export type LimitInput = NonNullable<ModelInput['budget']['max-bits-lost']>;
export type ModelInput = ConfigInput['models'][number];

function widestGrid(given: TargetInput): number {
  if (typeof given === 'string') return 8;
  const all = [given, ...Object.values(given.layers ?? {})];
  return Math.max(...all.flatMap((each) => [each['weight-bits'] ?? 0, numberOr0(each['activation-bits'])]));
}

function numberOr0(bits: number | 'float' | undefined): number {
  return typeof bits === 'number' ? bits : 0;
}

function refuseRepeated(names: readonly string[], refuse: (index: number, first: number) => void): void {
  const firsts = new Map<string, number>();
  names.forEach((name, index) => {
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, index);
    else refuse(index, first);
  });
}
