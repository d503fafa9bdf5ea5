import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { commandSchema } from '../data/user-command.ts';
import { type Place, pathWithin } from '../paths.ts';
import { metricUnits } from '../words/metric-units.ts';

/** How the scores of samples become the metric. */
export const aggregations = ['mean', 'ratio', 'map', 'map50'] as const;
export type Aggregation = (typeof aggregations)[number];

/** A metric by a command, as quantgate.yml has it. */
export const commandOptions = z.strictObject({
  command: commandSchema,
  name: z
    .string()
    .regex(/^[\w.@ -]{1,64}$/, { error: 'must be 1 to 64 letters, digits, spaces or . _ @ -' })
    .default('command')
    .describe('What the metric is called.'),
  unit: z.enum(metricUnits).default('value').describe('fraction, dB or value.'),
  'higher-is-better': z.boolean().default(true).describe('Whether more is better.'),
  aggregate: z
    .enum(aggregations)
    .default('mean')
    .describe(
      'mean: a score is a number. ratio: a score is [part, whole], both summed. map, map50: what COCO counts of an image.',
    ),
  minutes: z.number().positive().max(1440).default(30).describe('In which it has to end, for each model.'),
});

export type CommandOptions = z.output<typeof commandOptions>;

/** The arguments that are files of the place: what the command is known to be made of. */
export async function filesOfCommand(command: readonly string[], place: Place): Promise<string[]> {
  const found: string[] = [];
  for (const argument of command) {
    const path = await pathWithin(place, argument).catch(() => undefined);
    if (path !== undefined && (await stat(path)).isFile()) found.push(path);
  }
  return found;
}
