import { z } from 'zod';
import { hint } from './budget-schema.ts';
import { bytesOf, DEFAULT_IDLE_MINUTES, DEFAULT_MEMORY, type GivenLimits } from './limits.ts';

/** A week: what runs longer is not waited for. */
const MOST_MINUTES = 7 * 24 * 60;

const minutes = z.number(hint('must be a number of minutes above 0')).positive().max(MOST_MINUTES);
const memory = z
  .string(hint('must be such as 2GB or 500MB'))
  .regex(/^(?!0+(\.0*)?\s*[MG])\d{1,6}(\.\d{1,3})?\s*(MB|GB)$/, hint('must be such as 2GB or 500MB'))
  .meta({ title: 'text such as `2GB` or `500MB`' });

/** `limits:` at the top. */
export const limits = z
  .strictObject(
    {
      minutes: minutes
        .optional()
        .describe(
          'After so many the run is ended. If left out: 60 for each model and 60 for each of its targets, and those of `recover`.',
        ),
      'idle-minutes': minutes
        .default(DEFAULT_IDLE_MINUTES)
        .describe(
          'After so many in which no stage has advanced the run is ended: a Loop that does not end, say.',
        ),
      memory: memory
        .default(DEFAULT_MEMORY)
        .describe(
          'The memory of its own that the measuring process may hold, without what it maps from files. On Windows it is not looked at.',
        ),
    },
    hint('must be a map such as { minutes: 120, memory: 4GB }'),
  )
  .prefault({})
  .transform(
    (given): GivenLimits => ({
      ...(given.minutes !== undefined && { minutes: given.minutes }),
      idleMinutes: given['idle-minutes'],
      memory: bytesOf(given.memory),
    }),
  )
  .describe(
    'What a run may take before it is ended, with one line and no verdict, so that no model holds a machine.',
  )
  .meta({ examples: [{ minutes: 240, 'idle-minutes': 10, memory: '4GB' }] });
