import { z } from 'zod';
import { printable, UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Metric } from '../metrics/metric.ts';

/** The metric of a model as a device was found to have it. */
export interface DeviceMetrics {
  readonly value: number;
  /** The first so many evaluation samples. */
  readonly samples: number;
  readonly library: string;
  readonly version: string;
}

const MAX_SAMPLES = 10_000_000;
const file = z
  .object({
    samples: z.int().min(1).max(MAX_SAMPLES),
    library: z.string().min(1).max(128).default('a device'),
    version: z.string().max(64).default(''),
  })
  .catchall(z.unknown());

/**
 * What was measured elsewhere: `{ "top1": 0.91, "samples": 400 }`, with `library` and `version` of what ran it where these
 * are known. The value is in the metric's own unit.
 *
 * @param where the file, for messages
 * @throws UserError for any other form: what tools write of their own says neither metric nor samples
 */
export function readDeviceMetrics(text: string, metric: Metric, where: string): DeviceMetrics {
  const form = `{ "${printable(metric.name)}": ${metric.unit === 'fraction' ? '0.91' : '12.3'}, "samples": 400 }`;
  const origin = { where, what: 'metrics of a device', remedy: `write ${form}`, maxBytes: 2 ** 20 };
  const { samples, library, version, ...values } = parseJson(text, file, origin);
  const value = Object.hasOwn(values, metric.name) ? values[metric.name] : undefined;
  const refuse = (why: string) => new UserError(`${where} is not ${origin.what} (${why}): ${origin.remedy}`);
  if (typeof value !== 'number') throw refuse(`it has no number "${printable(metric.name)}"`);
  if (metric.unit === 'fraction' && !(value >= 0 && value <= 1))
    throw refuse(`${value} is no share from 0 to 1`);
  return { value, samples, library, version };
}
