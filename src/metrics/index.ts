import { UserError } from '../errors.ts';
import { type Place, pathWithin } from '../paths.ts';
import { agreement } from './agreement.ts';
import { auc } from './auc.ts';
import { cer } from './cer.ts';
import { commandMetric } from './command-metric.ts';
import type { CommandOptions } from './command-options.ts';
import type { ConfigurableMetric, MetricFiles } from './configurable.ts';
import { cosine } from './cosine.ts';
import { exactMatch } from './exact-match.ts';
import { f1, f1Macro } from './f1.ts';
import { klMetric } from './kl-divergence.ts';
import { mae } from './mae.ts';
import { map, map50 } from './map.ts';
import type { Metric, Outputs, SampleResult, Scoring } from './metric.ts';
import { loadMetricModule } from './metric-module.ts';
import { miou } from './miou.ts';
import { perplexity } from './perplexity.ts';
import { psnr } from './psnr.ts';
import { mseMetric } from './squared-error.ts';
import { top1 } from './top1.ts';
import { top5 } from './top5.ts';
import { wer } from './wer.ts';

/** Every metric that needs no module and has no options. */
export const metrics: readonly Metric[] = [
  top1,
  top5,
  psnr,
  mseMetric,
  mae,
  cosine,
  klMetric,
  perplexity,
  agreement,
  auc,
];

/** Every metric with options. */
export const configurableMetrics: readonly ConfigurableMetric[] = [
  exactMatch,
  wer,
  cer,
  f1,
  f1Macro,
  miou,
  map,
  map50,
];

/** How the config names a metric: its name, with options and the model output that it reads (the first by default). */
export type MetricSpec =
  | string
  | { readonly name: string; readonly output?: string; readonly options?: Readonly<Record<string, unknown>> }
  | { readonly module: string; readonly output?: string }
  | { readonly command: CommandOptions; readonly output?: string };

/** The files that a metric is made of or reads, as the config names them. */
export function metricFiles(spec: Exclude<MetricSpec, string>): MetricFiles {
  if ('module' in spec) return { data: [], modules: [spec.module] };
  if ('command' in spec) return { data: [], modules: [] };
  const found = configurableMetrics.find(({ name }) => name === spec.name);
  return found?.files(spec.options ?? {}) ?? { data: [], modules: [] };
}

/**
 * The metric that `spec` names; modules are paths within `place`.
 *
 * @throws UserError for what is not there
 */
export async function resolveMetric(spec: MetricSpec, place: Place): Promise<Metric> {
  if (typeof spec === 'string') return named(spec, {}, place);
  if (!('name' in spec)) {
    const metric =
      'module' in spec
        ? await loadMetricModule(await pathWithin(place, spec.module), spec.module)
        : await commandMetric(spec.command, place);
    return spec.output === undefined ? metric : onOutput(metric, spec.output);
  }
  const { name, output, options = {} } = spec;
  const metric = await named(name, options, place);
  return output === undefined ? metric : onOutput(metric, output);
}

/** `metric` reading the output `name` only. */
export function onOutput(metric: Metric, name: string): Metric {
  const only = (outputs: Outputs): Outputs => {
    if (!Object.hasOwn(outputs, name)) {
      throw new UserError(`the model has no output "${name}", only ${Object.keys(outputs).join(', ')}`);
    }
    return { [name]: outputs[name] };
  };
  const { keep, together } = metric;
  return {
    ...metric,
    output: name,
    score: (outputs, label, reference) => metric.score(only(outputs), label, reference, [name]),
    ...(together && {
      async together(scoring: Scoring) {
        const scorer = await together(scoring);
        const add = (result: SampleResult) =>
          scorer.add({ ...result, outputs: only(result.outputs), names: [name] });
        return { ...scorer, add };
      },
    }),
    ...(keep && { keep: (outputs: Outputs) => keep(only(outputs), [name]) }),
  };
}

async function named(name: string, options: object, place: Place): Promise<Metric> {
  const configurable = configurableMetrics.find((known) => known.name === name);
  if (configurable) return configurable.make(options, place);
  const metric = metrics.find((known) => known.name === name);
  if (metric) return metric;
  const known = [...metrics, ...configurableMetrics].map((each) => each.name).join(', ');
  throw new UserError(`metric "${name}" is unknown: use ${known}, or { module: path }`);
}
