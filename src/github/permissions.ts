import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { name } from './shapes.ts';

/** What a user may do in a repository. */
export interface Access {
  /** The role that a custom or finer one (`maintain`, `triage`) is based on. */
  readonly permission: 'admin' | 'write' | 'read' | 'none';
  /** The name of the role itself. */
  readonly role: string;
}

const answer = z.object({
  permission: z.enum(['admin', 'write', 'read', 'none']),
  role_name: name.optional(),
});

/**
 * Asks for the permission of a comment's author. `author_association` of the comment does not tell: members of an
 * organization may have no access to write.
 *
 * @throws ApiError
 */
export async function readAccess(api: Api, repository: Repository, login: string): Promise<Access> {
  try {
    const { permission, role_name } = await call(api, {
      purpose: `read the permission of ${login}`,
      route: 'GET /repos/{owner}/{repo}/collaborators/{login}/permission',
      parameters: { ...repository, login },
      needs: ['contents: read'],
      answer,
    });
    return { permission, role: role_name ?? permission };
  } catch (error) {
    // An account that is gone, or a bot.
    if (hasStatus(error, 404)) return { permission: 'none', role: 'none' };
    throw error;
  }
}

/** Whether the role includes pushing to the repository. */
export function mayWrite({ permission }: Access): boolean {
  return permission === 'admin' || permission === 'write';
}
