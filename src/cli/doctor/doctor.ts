import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../config/load.ts';
import { MAX_BYTES } from '../../config/yaml.ts';
import { printable, UserError } from '../../errors.ts';
import type { World } from '../commands.ts';
import { findFiles, isLfsPointer, readSmall } from '../walk.ts';
import { examineOwners, OWNERS_FILES } from './owners.ts';
import { checkoutsWithoutLfs, examineWorkflow, type Finding } from './rules.ts';
import { parseWorkflow, usesQuantgate, type Workflow } from './workflow.ts';

const WORKFLOWS = '.github/workflows';
const MAX_WORKFLOWS = 200;

/**
 * Examines a repository's working tree, and nothing else, for what would let a pull request around the gate or stall
 * it. Prints a line for each finding.
 *
 * @returns 0 when nothing is wrong, otherwise 1
 */
export async function doctor(world: Pick<World, 'cwd' | 'print'>): Promise<number> {
  const findings = await examine(world.cwd);
  for (const { where, what, remedy } of findings) world.print(`${printable(where)}: ${what}: ${remedy}`);
  if (findings.length === 0) world.print('nothing is wrong in this working tree');
  return findings.length === 0 ? 0 : 1;
}

async function examine(root: string): Promise<Finding[]> {
  const { workflows, findings } = await readWorkflows(root);
  const gates = workflows.filter(usesQuantgate);
  findings.push(...workflows.flatMap(examineWorkflow));
  if (gates.length === 0)
    findings.push({
      where: WORKFLOWS,
      what: 'no workflow runs quantgate',
      remedy: 'quantgate init writes one',
    });
  findings.push(...(await examineConfig(root)), ...(await examineOwnersOf(root)));
  if (await usesLfs(root)) findings.push(...gates.flatMap(checkoutsWithoutLfs));
  return findings;
}

async function readWorkflows(root: string): Promise<{ workflows: Workflow[]; findings: Finding[] }> {
  const names = (await readdir(join(root, WORKFLOWS)).catch(() => []))
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  const workflows: Workflow[] = [];
  const findings: Finding[] = [];
  for (const name of names.slice(0, MAX_WORKFLOWS)) {
    const where = `${WORKFLOWS}/${name}`;
    const text = await readSmall(join(root, where), MAX_BYTES);
    try {
      if (text === undefined)
        throw new UserError(`${where}: is no regular file of at most 1 MiB: replace it`);
      workflows.push(parseWorkflow(text, where));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      findings.push(findingOf(error));
    }
  }
  if (names.length > MAX_WORKFLOWS)
    findings.push({
      where: WORKFLOWS,
      what: `only the first ${MAX_WORKFLOWS} of ${names.length} workflows were examined`,
      remedy: 'remove those that nobody needs',
    });
  return { workflows, findings };
}

async function examineConfig(root: string): Promise<Finding[]> {
  const text = await readSmall(join(root, 'quantgate.yml'), MAX_BYTES);
  if (text === undefined)
    return [{ where: 'quantgate.yml', what: 'is missing', remedy: 'quantgate init writes one' }];
  try {
    parseConfig(text, 'quantgate.yml');
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [findingOf(error)];
  }
}

/** The first line of a message of the form `where: what: what to do`. */
function findingOf(error: UserError): Finding {
  const [, where, what, remedy] = /^(\S+?): (.*?)(?:: ([^:]*))?$/m.exec(error.message) ?? [];
  return {
    where: where ?? '.',
    what: what ?? error.message,
    remedy: remedy ?? 'correct it',
  };
}

async function examineOwnersOf(root: string): Promise<Finding[]> {
  for (const name of OWNERS_FILES) {
    const text = await readSmall(join(root, name), MAX_BYTES);
    if (text !== undefined) return examineOwners(text, name);
  }
  return examineOwners(undefined, OWNERS_FILES[0]!);
}

const MODELS_AND_DATA = ['.onnx', '.npy', '.npz', '.pb'];

/** Whether Git LFS keeps files of this repository, or left pointers in place of models or data here. */
async function usesLfs(root: string): Promise<boolean> {
  const attributes = (await readSmall(join(root, '.gitattributes'), MAX_BYTES)) ?? '';
  if (/^[^#\n]*\sfilter=lfs(\s|$)/m.test(attributes)) return true;
  for (const file of await findFiles(root, MODELS_AND_DATA))
    if (await isLfsPointer(join(root, file))) return true;
  return false;
}
