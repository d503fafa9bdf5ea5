import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import { issueOf } from '../json.ts';
import { metricUnits } from '../words/metric-units.ts';
import { meanScore } from './mean-score.ts';
import { labelKinds, type Metric } from './metric.ts';

const functionOf = <F>() => z.custom<F>((value) => typeof value === 'function', 'must be a function');

const schema = z.strictObject({
  name: z.string().regex(/^[\w.@ -]{1,64}$/, 'must be 1 to 64 letters, digits, spaces or . _ @ -'),
  higherIsBetter: z.boolean(),
  unit: z.enum(metricUnits).default('value'),
  labels: z.enum(labelKinds).default('any'),
  score: functionOf<Metric['score']>(),
  aggregate: functionOf<Metric['aggregate']>().optional(),
  keep: functionOf<NonNullable<Metric['keep']>>().optional(),
});

/** What a user's metric module exports as default. */
export type MetricModule = z.input<typeof schema>;

/**
 * A metric from a user's module: `export default { name, higherIsBetter, score, ... }`. Without `aggregate` the
 * scores are numbers and the metric is their mean; with `keep`, `score` gets what it kept of the FP32 outputs. It is
 * called as `score(outputs, label, kept, names)`, and `keep` as `keep(outputs, names)`: `names` are those of the outputs in
 * the model's order, which the object `outputs` does not keep for names that are numbers.
 * This runs code of that file: load it only from a trusted commit.
 *
 * @throws UserError that names the file when its code throws or its export is none
 */
export async function loadMetricModule(path: string): Promise<Metric> {
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new UserError(`metric module ${path} does not load: ${messageOf(error)}`);
  }
  return metricOf(loaded.default, path);
}

/** Checks the default export of the module called `where` and makes a metric of it. */
export function metricOf(exported: unknown, where: string): Metric {
  const named =
    <A extends unknown[], R>(what: string, call: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return call(...args);
      } catch (error) {
        throw new UserError(`metric module ${where}: ${what}: ${messageOf(error)}`);
      }
    };
  const parsed = named('default export', () => schema.safeParse(exported))();
  if (!parsed.success)
    throw new UserError(`metric module ${where}: ${issueOf(parsed.error, 'default export')}`);
  const { name, higherIsBetter, unit, labels, score, aggregate, keep } = parsed.data;
  return {
    name,
    higherIsBetter,
    unit,
    labels,
    reference: keep !== undefined,
    decomposable: aggregate === undefined,
    score: named('score', score),
    aggregate: named('aggregate', aggregate ?? meanScore),
    ...(keep && { keep: named('keep', keep) }),
  };
}
