import { z } from 'zod';
import { relativePath } from '../data/relative-path.ts';
import { commandOptions } from '../metrics/command-options.ts';
import type { ConfigurableMetric } from '../metrics/configurable.ts';
import { configurableMetrics, metrics } from '../metrics/index.ts';
import { hint, tensorName } from './budget-schema.ts';

const plainNames = metrics.map((metric) => metric.name);
/** Those of options that may all be left out, too. */
const metricNames = [
  ...plainNames,
  ...configurableMetrics.filter(({ options }) => options.safeParse({}).success).map(({ name }) => name),
];

const METRIC_HINT = `must be one of ${metricNames.join(', ')}, ./module.mjs, { name: map, … } or { command: … }`;
const MODULE = /^\.\/.*\.m?js$/;
const moduleTitle = { title: 'module such as `./metric.mjs`' };
const ownModule = relativePath
  .regex(MODULE, hint('must begin with ./ and end with .mjs or .js, such as ./metric.mjs'))
  .meta(moduleTitle)
  .describe('A metric of your own.');
const output = tensorName.describe('The model output that the metric reads; the first by default.');

/** Its options stand beside its name. */
function withOptions({ name, options }: ConfigurableMetric): z.ZodType<{ name: string; output?: string }> {
  const all = options.safeExtend({
    name: z.literal(name).describe('A metric with options of its own.'),
    output: output.optional(),
  });
  return all as unknown as z.ZodType<{ name: string; output?: string }>;
}

/** `metric:` of an evaluation. */
export const metric = z
  .union(
    [
      z.enum(metricNames, hint(METRIC_HINT)),
      relativePath.regex(MODULE, hint(METRIC_HINT)).meta(moduleTitle),
      z.strictObject({
        name: z.enum(plainNames, hint(METRIC_HINT)).describe('One of the metrics.'),
        output: output.optional(),
      }),
      ...configurableMetrics.map(withOptions),
      z.strictObject({ module: ownModule, output: output.optional() }),
      commandOptions.safeExtend({ output: output.optional() }),
    ],
    hint(METRIC_HINT),
  )
  .describe(
    'What is measured, for FP32 and the quantized model on the same samples. If it is left out: `top1` where there are labels, otherwise `agreement`, the share of samples with the same greatest output as FP32, which needs none.',
  )
  .meta({ examples: ['top1', './map50.mjs', { name: 'psnr', output: 'image' }] });
