import { z } from 'zod';
import { hint } from './budget-schema.ts';

/** `history:` at the top. */
export const historyBranch = z
  .strictObject(
    {
      branch: z
        .string()
        .min(1)
        .max(200)
        .regex(
          /^(?!-)(?!refs\/)(?!HEAD$)(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[A-Za-z0-9._/-]+(?<![./])$/,
          hint('must be the name of a branch'),
        )
        .meta({ title: 'name of a branch' })
        .describe("A branch that is quantgate's alone: it holds `history.json`, a page and a badge."),
    },
    hint('must be a map such as { branch: quantgate-history }'),
  )
  .describe(
    'Where the history of the base branch is kept beside its baselines, which GitHub keeps for 90 days.',
  )
  .meta({ examples: [{ branch: 'quantgate-history' }] });
