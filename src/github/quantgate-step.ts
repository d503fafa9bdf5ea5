import { posix } from 'node:path';
import { z } from 'zod';
import { readYaml } from '../config/yaml.ts';
import { UserError } from '../errors.ts';

const action = z.object({ name: z.string() });

/** Whether what a step uses is quantgate in a repository of its own, whoever's copy of it. */
export function namesQuantgate(uses = ''): boolean {
  return /^\w[\w.-]*\/quantgate(\/[\w./-]+)?@/i.test(uses);
}

/** The folder of this repository whose action a step uses, `.` for its root; undefined where that is not in it. */
export function ownFolder(uses = ''): string | undefined {
  const [, given] = /^[.$]\/(.*)$/.exec(uses) ?? [];
  if (given === undefined || /\$\{\{/.test(given)) return undefined;
  const folder = posix.normalize(`./${given}`).replace(/\/$/, '');
  return /^\.\.(\/|$)/.test(folder) ? undefined : folder;
}

/** The file of an action in a folder of this repository, as quantgate calls its own. */
export function actionFile(folder: string): string {
  return posix.join(folder, 'action.yml');
}

/**
 * Whether an action is quantgate: by its name, since a repository may hold a copy of it under any path.
 *
 * @param text of its `action.yml`
 */
export function isQuantgateAction(text: string, path: string): boolean {
  try {
    const parsed = action.safeParse(readYaml(text, path).value);
    return parsed.success && /^quantgate$/i.test(parsed.data.name.trim());
  } catch (error) {
    // No YAML within limits: nothing that GitHub would run.
    if (error instanceof UserError) return false;
    throw error;
  }
}
