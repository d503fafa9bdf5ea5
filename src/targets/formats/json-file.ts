import type { z } from 'zod';
import { UserError } from '../../errors.ts';

/** The most layers, and the most channels of a tensor, that a parameter file may hold. */
export const MAX_LAYERS = 100_000;
export const MAX_CHANNELS = 2 ** 20;

/**
 * What a JSON text holds, checked.
 *
 * @param what the kind of file, such as "a CATCH parameter file"
 * @throws UserError naming `where` and the key that is not as `schema` says
 */
export function parseJsonFile<T>(text: string, where: string, schema: z.ZodType<T>, what: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${where} is not ${what} (no JSON): make the file again`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `${where} is not ${what} (${issue.path.join('.')}: ${issue.message}): make the file again`,
  );
}
