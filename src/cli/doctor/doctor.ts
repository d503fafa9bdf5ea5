import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseConfig } from '../../config/load-config.ts';
import { MAX_CONFIG_BYTES } from '../../config/yaml.ts';
import { printable, UserError } from '../../errors.ts';
import { givesToLfs, isLfsPointer } from '../../lfs.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { findFiles, readSmall } from '../find-files.ts';
import { parseRepository } from '../github.ts';
import { type ShownWorld, sayNext } from '../say-next.ts';
import type { World } from '../world.ts';
import { examineChecks, skippedGates } from './checks.ts';
import { type DoctorFinding, locatedFindingOf } from './finding.ts';
import { type Guarded, guardedAction, guardedBy, guardedFile } from './guarded.ts';
import { ownActions } from './own-actions.ts';
import { examineOwners, OWNERS_FILES } from './owners.ts';
import { checkoutsWithoutLfs, examineWorkflow, waitsInVain } from './rules.ts';
import { examineSettings } from './settings.ts';
import { findingsEnd, shownFindings } from './shown-findings.ts';
import { callsQuantgate, configsOf, parseWorkflow, usesQuantgate, type Workflow } from './workflow.ts';

const WORKFLOWS = '.github/workflows';
const MAX_WORKFLOWS = 200;
/** Longer lines of prose are hard to read. */
const MOST_COLUMNS = 110;

export interface DoctorOptions {
  /** OWNER/REPO whose settings on GitHub are examined too. */
  readonly repo?: string;
  readonly branch?: string;
  /** Name of the check that the branch must require. */
  readonly check: string;
}

/**
 * Examines a repository's working tree, and with `repo` its settings on GitHub, for what would let a pull request around
 * the gate or stall it. Prints a line for each finding.
 *
 * @returns 0 when nothing is wrong, otherwise 1
 * @throws ApiError when the repository cannot be read; UserError when `repo` is none, or there is no token for it
 */
export async function doctor(
  options: DoctorOptions,
  world: Pick<World, 'cwd' | 'print' | 'github'> & ShownWorld,
): Promise<number> {
  const { repo, branch, check } = options;
  const { findings, gates } = await examineTree(world.cwd, check);
  print(findings, world);
  const more =
    repo === undefined
      ? []
      : await examineSettings(world.github(), { repository: parseRepository(repo), branch, check, gates });
  print(more, world);
  const found = findings.length + more.length;
  const place = ` in this working tree${repo === undefined ? '' : ` and in ${repo}`}`;
  if (world.terminal !== undefined) {
    world.show?.([]);
    world.show?.(findingsEnd(found, place));
    const settings =
      repo === undefined
        ? `\`${shellCommand('doctor', '--repo', 'OWNER/REPO')}\` looks at the settings on GitHub`
        : '';
    const next = found > 0 ? `mend what is wrong, then \`${shellCommand('doctor')}\` once more` : settings;
    if (next !== '') sayNext(next, world);
  } else if (found === 0) world.print(`nothing is wrong${place}`);
  return found > 0 ? 1 : 0;
}

function print(findings: readonly DoctorFinding[], world: Pick<World, 'print'> & ShownWorld): void {
  const { terminal, show } = world;
  if (terminal !== undefined)
    for (const line of shownFindings(findings, Math.min(terminal.columns, MOST_COLUMNS))) show?.(line);
  else for (const { where, what, remedy } of findings) world.print(`${printable(where)}: ${what}: ${remedy}`);
}

/** `gates` are the paths of the workflows that judge pull requests by a baseline which they must have recorded. */
async function examineTree(
  root: string,
  check: string,
): Promise<{ findings: DoctorFinding[]; gates: string[] }> {
  const { workflows: read, findings } = await readWorkflows(root);
  const own = await ownActions(read, root);
  const workflows = read.map((workflow) => ({ ...workflow, own }));
  const ours = workflows.filter(usesQuantgate);
  findings.push(
    ...workflows.flatMap(examineWorkflow),
    ...workflows.flatMap((workflow) => skippedGates(workflow, check)),
    ...examineChecks(workflows, check),
    ...waitsInVain(ours),
  );
  if (ours.length === 0)
    findings.push({
      where: WORKFLOWS,
      what: 'no workflow runs quantgate',
      remedy: `${shellCommand('init')} writes one`,
    });
  const gates = ours.filter(({ on }) => 'pull_request' in on).map(({ fileName }) => fileName);
  const configs = await Promise.all(configsOf(ours).map((fileName) => examineConfig(root, fileName)));
  const guarded = [
    ...workflows.filter((each) => callsQuantgate(each, ours)).map(({ fileName }) => guardedFile(fileName)),
  ];
  for (const folder of own) guarded.push(...(await guardedAction(folder, root)));
  for (const config of configs) {
    findings.push(...config.findings);
    guarded.push(...config.guarded);
  }
  findings.push(...(await examineOwnersOf(root, guarded)));
  if (await usesLfs(root)) findings.push(...ours.flatMap(checkoutsWithoutLfs));
  return { findings, gates: configs.some(({ hasBaseline }) => hasBaseline) ? [] : gates };
}

async function readWorkflows(root: string): Promise<{ workflows: Workflow[]; findings: DoctorFinding[] }> {
  const names = (await readdir(join(root, WORKFLOWS)).catch(() => []))
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  const workflows: Workflow[] = [];
  const findings: DoctorFinding[] = [];
  for (const name of names.slice(0, MAX_WORKFLOWS)) {
    const where = `${WORKFLOWS}/${name}`;
    const text = await readSmall(join(root, where), MAX_CONFIG_BYTES);
    try {
      if (text === undefined)
        throw new UserError(`${where}: is no regular file of at most 1 MiB: replace it`);
      workflows.push(parseWorkflow(text, where));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      findings.push(locatedFindingOf(error));
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

interface ExaminedConfig {
  readonly findings: readonly DoctorFinding[];
  readonly guarded: readonly Guarded[];
  readonly hasBaseline: boolean;
}

async function examineConfig(root: string, fileName: string): Promise<ExaminedConfig> {
  const guarded = [guardedFile(fileName)];
  const text = await readSmall(join(root, fileName), MAX_CONFIG_BYTES);
  if (text === undefined) {
    const finding = { where: fileName, what: 'is missing', remedy: `${shellCommand('init')} writes one` };
    return { findings: [finding], guarded, hasBaseline: false };
  }
  try {
    const config = parseConfig(text, fileName);
    guarded.push(...(await guardedBy(config, posix.dirname(fileName), root)));
    return { findings: [], guarded, hasBaseline: config.baseline !== undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { findings: [locatedFindingOf(error)], guarded, hasBaseline: false };
  }
}

async function examineOwnersOf(root: string, guarded: readonly Guarded[]): Promise<DoctorFinding[]> {
  for (const [index, name] of OWNERS_FILES.entries()) {
    const text = await readSmall(join(root, name), MAX_CONFIG_BYTES);
    // One that a pull request adds before it in this order would take its place.
    const owners = OWNERS_FILES.slice(0, index + 1).map(guardedFile);
    if (text !== undefined) return examineOwners(text, name, [...guarded, ...owners]);
  }
  return examineOwners(undefined, OWNERS_FILES[0], [...guarded, guardedFile(OWNERS_FILES[0])]);
}

const MODELS_AND_DATA = ['.onnx', '.npy', '.npz', '.parquet', '.pb'];

/** Whether Git LFS keeps files of this repository, or left pointers in place of models or data here. */
async function usesLfs(root: string): Promise<boolean> {
  const attributes = (await readSmall(join(root, '.gitattributes'), MAX_CONFIG_BYTES)) ?? '';
  if (givesToLfs(attributes)) return true;
  for (const file of await findFiles(root, MODELS_AND_DATA))
    if (await isLfsPointer(join(root, file))) return true;
  return false;
}
