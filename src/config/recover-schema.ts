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
        when: when.default('on-failure'),
        minutes: z
          .number()
          .positive()
          .max(1440)
          .default(DEFAULT_MINUTES)
          .describe('After so many, nothing more is tried for this model.'),
      }),
    ],
    hint(`must be one of ${words}, or a map with when and minutes`),
  )
  .default('on-failure')
  .transform((given) => (typeof given === 'string' ? { when: given, minutes: DEFAULT_MINUTES } : given))
  .describe(
    'When a change that keeps the budgets is sought: for targets that do not pass, for all, or never.',
  );

/** When and for how long a change that keeps the budgets is sought. */
export type RecoverPolicy = z.output<typeof recover>;
