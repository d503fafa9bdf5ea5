import { z } from 'zod';
import { hint } from './budget-schema.ts';

/** Whose recovery is sought. */
export const recoverWhens = ['on-failure', 'always', 'off'] as const;

const DEFAULT_MINUTES = 10;

const words = recoverWhens.join(', ');
const when = z.enum(recoverWhens, hint(`must be one of ${words}`));

/** `recover:` of a model. */
export const recover = z
  .union(
    [
      when,
      z.strictObject({
        when: when.default('on-failure').describe('`on-failure`, `always` or `off`.'),
        minutes: z
          .number()
          .positive()
          .max(1440)
          .default(DEFAULT_MINUTES)
          .describe('After so many, nothing more is tried for this model. Its targets share them.'),
      }),
    ],
    hint(`must be one of ${words}, or a map with when and minutes`),
  )
  .default('on-failure')
  .transform((given) => (typeof given === 'string' ? { when: given, minutes: DEFAULT_MINUTES } : given))
  .describe(
    'When the smallest change that keeps the budgets is sought: `on-failure`, for targets that do not pass; `always`, also to say what a recipe would win back where a target passes; `off`, never.',
  )
  .meta({ examples: ['off', { when: 'always', minutes: 20 }] });

/** When and for how long a change that keeps the budgets is sought. */
export type RecoverPolicy = z.output<typeof recover>;
