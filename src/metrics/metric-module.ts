import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { moduleFault } from '../data/module-fault.ts';
import { quote, UserError } from '../errors.ts';
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
 * @param path absolute
 * @param name of the file, for messages
 * @throws UserError that names the file when its code throws or its export is none
 */
export async function loadMetricModule(path: string, name: string): Promise<Metric> {
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new UserError(`metric module ${name} does not load (${moduleFault(error, path)}): correct it`);
  }
  return metricOf(loaded.default, name, path);
}

/**
 * Checks the default export of a module and makes a metric of it.
 *
 * @param path absolute, where its lines are to be told
 */
export function metricOf(exported: unknown, name: string, path = name): Metric {
  const fault = (what: string, error: unknown, more = '') =>
    new UserError(`metric module ${name}: ${what} fails (${moduleFault(error, path)}): correct it${more}`);
  const named =
    <A extends unknown[], R>(what: string, call: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return call(...args);
      } catch (error) {
        throw fault(what, error);
      }
    };
  const parsed = named('default export', () => schema.safeParse(exported))();
  if (!parsed.success)
    throw new UserError(`metric module ${name}: ${issueOf(parsed.error, 'default export')}`);
  const { score, aggregate, keep, ...told } = parsed.data;
  return {
    ...told,
    reference: keep !== undefined,
    decomposable: aggregate === undefined,
    score(outputs, label, kept, names) {
      try {
        return score(outputs, label, kept, names);
      } catch (error) {
        // An output of another name is the most common of faults.
        const own = (names ?? Object.keys(outputs)).map(quote).slice(0, 8).join(', ');
        throw fault('score', error, own === '' ? '' : `; the outputs are ${own}`);
      }
    },
    aggregate: named('aggregate', aggregate ?? meanScore),
    ...(keep && { keep: named('keep', keep) }),
  };
}
