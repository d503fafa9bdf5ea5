import { z } from 'zod';

export const RELATIVE_PATH = 'a path relative to the folder of this file, with "/" and without ".."';

/** A path as a configuration names it: where it leads is seen when it is opened. */
export const relativePath = z
  .string()
  .max(1024)
  .regex(/^(?!\/|[A-Za-z]:|(?:[\s\S]*\/)?\.\.(?:\/|$))[^\\\p{Cc}]+$/u, {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? 'is missing' : `must be ${RELATIVE_PATH}`,
  })
  .meta({ title: 'relative path' });
