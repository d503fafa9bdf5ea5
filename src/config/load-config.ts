import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { isInside } from '../paths.ts';
import { readText } from '../read-file.ts';
import { shellCommand } from '../words/shell-command.ts';
import { type Config, resolveConfig } from './config.ts';
import { configSchema } from './config-schema.ts';
import { describeIssue, problemLines } from './problems.ts';
import { MAX_CONFIG_BYTES, readYaml } from './yaml.ts';

/**
 * Reads the text of `quantgate.yml`; `fileName` is for messages.
 *
 * @throws UserError with one line for each problem, each with line and column
 */
export function parseConfig(text: string, fileName: string): Config {
  const source = readYaml(text, fileName);
  const parsed = configSchema.safeParse(source.value, { error: describeIssue });
  if (parsed.success) return resolveConfig(parsed.data);
  throw new UserError(problemLines(parsed.error.issues, source).join('\n'));
}

/**
 * Reads the config file at `path`.
 *
 * @param root absolute; a file in it is no link out of it
 * @throws UserError when it cannot be read or is not valid
 */
export async function loadConfig(path: string, root = dirname(path)): Promise<Config> {
  return parseConfig(await readConfigText(path, root), path);
}

/**
 * The text of the config file at `path`.
 *
 * @param root as for `loadConfig`
 * @throws UserError when it cannot be read, is larger than 1 MiB, or a link out of `root`
 */
export async function readConfigText(path: string, root = dirname(path)): Promise<string> {
  try {
    if (isInside(root, path) && !isInside(await realpath(root), await realpath(path)))
      throw new Error(`a link out of ${root}`);
    return await readText(path, MAX_CONFIG_BYTES);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(
      isMissing
        ? `${path} cannot be read: there is none: ${shellCommand('init')} writes one for the models of a folder`
        : `${path} cannot be read: ${messageOf(error)}: give the path of a quantgate.yml`,
    );
  }
}
