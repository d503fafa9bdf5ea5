import { z } from 'zod';
import { RELATIVE_PATH, relativePath } from '../data/relative-path.ts';
import { providers } from '../runtime/provider.ts';
import { targetOf } from '../targets/index.ts';
import { attributePolicies } from './attribute-policy.ts';
import { budget, hint, tensorName } from './budget-schema.ts';
import { commentPolicies } from './comment-policy.ts';
import { entries } from './entries.ts';
import { historyBranch } from './history-schema.ts';
import { limits } from './limits-schema.ts';
import { metric } from './metric-schema.ts';
import { preprocess } from './preprocess-schema.ts';
import { recover } from './recover-schema.ts';
import { DEFAULT_RANGE, kindOf, type TargetInput, targetId } from './target-id.ts';
import { canChoose, choicesOf } from './target-problems.ts';
import { pins, range, rangeWords, target } from './target-schema.ts';

const path = relativePath;

const samples = z
  .tuple([z.int().min(0).max(1e9), z.int().min(1).max(1e9)], hint('must be [first, end], two sample numbers'))
  .refine(([first, end]) => first < end, { error: 'the first sample must come before the end' })
  .describe(
    'Which samples of the data: from the first, counted from 0, up to but without the end. All of them if left out.',
  )
  .meta({ title: 'list of two whole numbers `[first, end]`', examples: [[0, 500]] });

const inputs = z
  .union(
    [path, z.record(tensorName, path).refine(...entries(1, 64))],
    hint(`must be ${RELATIVE_PATH}, or a map from model input to such a path`),
  )
  .describe(
    [
      'The data of the model input, or a map from each model input to its data. Paths are relative to the folder of this file.',
      '- `.npy`: the first dimension counts the samples.',
      '- `.npz`: one array for each input, by name; `data.npz:name` is one of them.',
      '- `.parquet`, as Hugging Face datasets has them: one column for each input, by name, or the one of images; `data.parquet#name` is one of them. Images, numbers, and lists of numbers that all have one shape.',
      '- `.csv`: a list of images with the header `file,label` or `file,text`; JPEG and PNG, decoded as Pillow does it (an EXIF orientation is not applied).',
      '- a folder of images, or of a folder for each class as ImageFolder has them, which are the labels.',
      '- a folder of ONNX `.pb` tensors, one file a sample, or of `test_data_set_*` folders as the model zoo has them.',
      '- `./data.mjs`: a module of your own.',
      'Token ids and other integers stay integers.',
    ].join('\n'),
  )
  .meta({ examples: ['data/inputs.npy', { ids: 'data/ids.npy', mask: 'data/mask.npy' }] });

const calibration = z
  .strictObject({ inputs, range: samples.optional() })
  .describe(
    'Samples that the ranges are chosen from, and that repairs use. They should be like what the model meets, and not those it is evaluated on.',
  );

const evaluation = z
  .strictObject({
    inputs,
    range: samples.optional(),
    labels: path
      .describe(
        'Class ids, texts, boxes (a COCO `.json`), or the tensors that `psnr`, `mse`, `mae` and `miou` compare with. As `.npy`, `.npz`, `.parquet` (its column `label` or `labels`, or `data.parquet#name`), `.json` or a list of images; inputs that are such a list have their labels already.',
      )
      .optional(),
    metric: metric.optional(),
    thumbnails: z
      .boolean()
      .optional()
      .describe(
        'Whether report.json and report.html show the images that quantization makes worse, 64 pixels wide at most: those of an image list, a folder of images or a `.parquet`. Whoever may read the artifacts of a run sees them.',
      ),
    stop: z
      .enum(['early'], hint('must be early'))
      .optional()
      .describe(
        'With `early`, a target leaves the evaluation as soon as its verdict is sure: samples come in an order drawn by a fixed seed, and intervals hold at whatever number of them one stops. All samples count if it is left out, for a baseline, and with a metric that is no mean over samples.',
      ),
  })
  .describe(
    'Samples that FP32 and the quantized model are compared on. The more there are, the smaller the drop that they tell from chance: an inconclusive verdict says how many would decide.',
  );

const attribute = z
  .enum(attributePolicies, hint(`must be one of ${attributePolicies.join(', ')}`))
  .default('on-failure')
  .describe(
    'Whose layers are measured for what each costs: those of targets that do not pass, or of all. A budget of `min-sqnr-db` and recovery of all targets ask for all, too. Of a target that passes, three likely leaders are estimated otherwise.',
  );

const model = z
  .strictObject({
    name: z
      .string()
      .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/, hint('must be 1 to 64 letters, digits, ".", "_" or "-"'))
      .meta({ title: 'text of 1 to 64 letters, digits, `.`, `_` or `-`' })
      .describe('Names the model in reports and folders; unique, also without regard to case.'),
    path: path.describe(
      'The ONNX file, with the external data that it declares beside it; at most 50,000 nodes.',
    ),
    reference: path
      .optional()
      .describe(
        'The FP32 model that a model which is quantized already (Q/DQ of any tool) came from. Its loss is then measured against that, and weights are blamed for what their integers lost. Without it FP32 is the baseline of the float model, else the file without its quantizers, and the report says so.',
      ),
    preprocess: preprocess.optional(),
    calibration,
    evaluation,
    targets: z
      .array(target)
      .min(1)
      .max(32)
      .describe(
        "The chips that the model ships on: names, or maps with options. A chip may be there several times with other options. Options that differ from the defaults are part of the target's name, such as `snpe-v73-per-channel`: with them its history begins anew. `ranges`, `recipe` and `layers` are not.",
      )
      .meta({ examples: [['tensorrt', { chip: 'snpe', arch: 'v73', weights: 'per-channel' }]] }),
    range: range.default(DEFAULT_RANGE).describe(rangeWords),
    ranges: pins
      .optional()
      .describe('Ranges that are pinned by tensor name and not chosen from data, for all targets.')
      .meta({ examples: [{ 'stem/relu6': { alpha: 0, beta: 5.2 } }] }),
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
          .describe('Tag of the release whose assets `<model>.baseline.json` are the baselines.'),
      }),
    ],
    hint(`must be ${RELATIVE_PATH}, or a map { release: tag }`),
  )
  .describe(
    'Where baselines are if no workflow has left any: a folder (in a pull request, as it is in the base), or a release.',
  )
  .meta({ examples: ['baselines', { release: 'baseline-2026' }] });

/** `quantgate.yml` as people write it: keys in kebab-case, every default optional. */
export const configSchema = z
  .strictObject({
    version: z.literal(1, hint('must be 1')).describe('Version of this format.'),
    provider: z
      .enum([...providers, 'auto'])
      .default('cpu')
      .describe(
        'Where models run. `cuda` and `webgpu` end with an error where there is none; `auto` takes the first of cuda, webgpu and cpu that works.',
      ),
    baseline: baseline.optional(),
    comment: z
      .enum(commentPolicies)
      .optional()
      .describe(
        'When a pull request gets its comment: `always`; `on-change` (the default), once the verdict is another than pass; `on-failure`, once it is fail or error; `never`. A comment that is there is kept up to date. The input `comment` of the Action counts before this.',
      ),
    history: historyBranch.optional(),
    watch: z
      .array(path, hint('must be a list of paths'))
      .max(100)
      .default([])
      .describe(
        'Files and folders, beside models and data, whose change is measured: what exports a model, say. A pull request that changes nothing of all this passes in seconds.',
      )
      .meta({ examples: [['export.py', 'training/']] }),
    acceptance: z
      .strictObject({
        'author-may-accept': z
          .boolean()
          .default(false)
          .describe('Whether the author of a pull request may accept it.'),
      })
      .optional()
      .describe(
        'Who may accept a verdict with `/quantgate accept`: whoever may push to the repository, but not the author of the pull request unless this says so.',
      )
      .meta({ examples: [{ 'author-may-accept': true }] }),
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
      .describe('The models that are judged, each by itself and with a budget of its own.'),
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
