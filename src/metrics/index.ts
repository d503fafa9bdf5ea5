import { UserError } from '../errors.ts';
import { type Place, pathWithin } from '../paths.ts';
import { agreement } from './agreement.ts';
import { cosine } from './cosine.ts';
import { klMetric } from './kl-divergence.ts';
import { mae } from './mae.ts';
import type { Metric, Outputs } from './metric.ts';
import { loadMetricModule } from './metric-module.ts';
import { perplexity } from './perplexity.ts';
import { psnr } from './psnr.ts';
import { mseMetric } from './squared-error.ts';
import { top1 } from './top1.ts';
import { top5 } from './top5.ts';

/** Every metric that needs no module. */
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
];

/** How the config names a metric: its name, or with the model output it reads (the first by default). */
export type MetricSpec =
  | string
  | { readonly name: string; readonly output?: string }
  | { readonly module: string; readonly output?: string };

/**
 * The metric that `spec` names; modules are paths within `place`.
 *
 * @throws UserError for what is not there
 */
export async function resolveMetric(spec: MetricSpec, place: Place): Promise<Metric> {
  if (typeof spec === 'string') return named(spec);
  const metric =
    'name' in spec ? named(spec.name) : await loadMetricModule(await pathWithin(place, spec.module));
  return spec.output === undefined ? metric : onOutput(metric, spec.output);
}

/** `metric` reading the output `name` only. */
export function onOutput(metric: Metric, name: string): Metric {
  const only = (outputs: Outputs): Outputs => {
    if (!Object.hasOwn(outputs, name)) {
      throw new UserError(`the model has no output "${name}", only ${Object.keys(outputs).join(', ')}`);
    }
    return { [name]: outputs[name] };
  };
  const { keep } = metric;
  return {
    ...metric,
    output: name,
    score: (outputs, label, reference) => metric.score(only(outputs), label, reference, [name]),
    ...(keep && { keep: (outputs: Outputs) => keep(only(outputs), [name]) }),
  };
}

function named(name: string): Metric {
  const metric = metrics.find((known) => known.name === name);
  if (metric) return metric;
  const known = metrics.map((each) => each.name).join(', ');
  throw new UserError(`metric "${name}" is unknown: use ${known}, or { module: path }`);
}
