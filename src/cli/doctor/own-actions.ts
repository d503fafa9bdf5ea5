import { MAX_CONFIG_BYTES } from '../../config/yaml.ts';
import { UserError } from '../../errors.ts';
import { actionFile, isQuantgateAction, ownFolder } from '../../github/quantgate-step.ts';
import { pathWithin } from '../../paths.ts';
import { readSmall } from '../find-files.ts';
import { stepsOf, type Workflow } from './workflow.ts';

const MAX_ACTIONS = 100;

/** The folders of a working tree, of those whose actions its workflows use, where the action is quantgate. */
export async function ownActions(workflows: readonly Workflow[], root: string): Promise<ReadonlySet<string>> {
  const used = workflows.flatMap(stepsOf).flatMap(({ step }) => ownFolder(step.uses) ?? []);
  const own = new Set<string>();
  for (const folder of [...new Set(used)].slice(0, MAX_ACTIONS)) {
    const text = await readInside(actionFile(folder), root);
    if (text !== undefined && isQuantgateAction(text, actionFile(folder))) own.add(folder);
  }
  return own;
}

/** The text of a file of the tree; undefined where there is none, or a link leads out to it. */
async function readInside(path: string, root: string): Promise<string | undefined> {
  try {
    return await readSmall(await pathWithin({ folder: root, root }, path), MAX_CONFIG_BYTES);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
