import type { z } from 'zod';
import { type Place, pathWithin } from '../paths.ts';
import { sha256OfFiles } from '../sha256.ts';
import type { Metric } from './metric.ts';

/** Files that the options of a metric name, as they name them. */
export interface MetricFiles {
  readonly data: readonly string[];
  /** Code that runs. */
  readonly modules: readonly string[];
}

/** A metric with options of its own, beside the `name` and `output` of any. */
export interface ConfigurableMetric {
  readonly name: string;
  /** The keys in quantgate.yml, in kebab-case; each may be left out. */
  readonly options: z.ZodObject;
  files(options: unknown): MetricFiles;
  /** @throws UserError when a file that the options name cannot be used */
  make(options: unknown, place: Place): Promise<Metric>;
}

/**
 * @param make of options that `options` has parsed
 * @param files that the options name; none by default
 */
export function configurable<O extends z.ZodObject>(
  name: string,
  options: O,
  make: (given: z.output<O>, place: Place) => Metric | Promise<Metric>,
  files: (given: z.output<O>) => Partial<MetricFiles> = () => ({}),
): ConfigurableMetric {
  return {
    name,
    options,
    files: (given) => ({ data: [], modules: [], ...files(options.parse(given)) }),
    async make(given, place) {
      const parsed = options.parse(given);
      const metric = await make(parsed, place);
      // Of options that are as they are by default nothing is said, so that new ones leave baselines as they are.
      const chosen = Object.entries(parsed).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaultOf(options, key)),
      );
      if (chosen.length === 0) return metric;
      const { data = [], modules = [] } = files(parsed);
      const paths = await Promise.all([...data, ...modules].map((path) => pathWithin(place, path)));
      return { ...metric, settings: JSON.stringify([chosen, await sha256OfFiles(paths)]) };
    },
  };
}

function defaultOf(options: z.ZodObject, key: string): unknown {
  return options.shape[key].safeParse(undefined).data;
}
