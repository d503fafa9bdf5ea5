import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { parseConfig } from '../../config/load-config.ts';
import { MAX_CONFIG_BYTES } from '../../config/yaml.ts';
import { UserError } from '../../errors.ts';
import { givesToLfs } from '../../lfs.ts';
import { readSmall } from '../find-files.ts';
import { dvcOutputs, dvcPaths } from './dvc.ts';
import { askGit, type Git, type GitFacts } from './git.ts';
import { ignoreText } from './ignore-text.ts';
import { installedCommit } from './installed-commit.ts';
import { type Survey, surveyOf } from './survey.ts';
import type { WorkflowFacts } from './workflows.ts';

export const CONFIG = 'quantgate.yml';
const IGNORE = '.gitignore';
const MAX_LOCK_BYTES = 2 ** 26;

/** What is known of a repository before a model of it runs. */
export interface WorkingTree {
  readonly survey: Survey;
  readonly git: GitFacts;
  /** Paths that DVC tracks, and those of them that are not here. */
  readonly dvc: { readonly tracked: readonly string[]; readonly missing: readonly string[] };
  /** The configuration that is there. */
  readonly config: (Pick<Config, 'models'> & { readonly text: string }) | undefined;
}

/**
 * Lists what lies in a repository, and asks git of it.
 *
 * @param now milliseconds
 * @throws UserError when its configuration cannot be read
 */
export async function readWorkingTree(root: string, git: Git, now: () => number): Promise<WorkingTree> {
  const outputs = dvcOutputs((await readSmall(join(root, 'dvc.lock'), MAX_CONFIG_BYTES)) ?? '');
  const facts = await askGit(git);
  const survey = await surveyOf(root, facts.ignored, new Set(outputs), now);
  const tracked = dvcPaths(survey.files, outputs);
  const missing: string[] = [];
  for (const path of tracked) if (!(await isThere(root, path))) missing.push(path);
  return { survey, git: facts, dvc: { tracked, missing }, config: await configOf(root) };
}

async function configOf(root: string): Promise<WorkingTree['config']> {
  if (!(await isThere(root, CONFIG))) return undefined;
  const text = await readSmall(join(root, CONFIG), MAX_CONFIG_BYTES);
  if (text === undefined)
    throw new UserError(
      `${CONFIG} is no regular file of at most 1 MiB: remove it, or overwrite it with --force`,
    );
  return { ...parseConfig(text, CONFIG), text };
}

export async function isThere(root: string, path: string): Promise<boolean> {
  return lstat(join(root, path)).then(
    () => true,
    () => false,
  );
}

/** @param pointers whether Git LFS left some in place of models or data */
export async function workflowFacts(
  root: string,
  { survey, git, dvc }: WorkingTree,
  pointers: boolean,
): Promise<WorkflowFacts> {
  let lfs = pointers;
  for (const path of survey.files.filter((each) => each.endsWith('.gitattributes')).slice(0, 100))
    lfs ||= givesToLfs((await readSmall(join(root, path), MAX_CONFIG_BYTES)) ?? '');
  const lock = await readSmall(join(root, 'package-lock.json'), MAX_LOCK_BYTES);
  const installed = lock === undefined ? undefined : installedCommit(lock);
  return { branch: git.branch.name, installed, lfs, dvc: dvc.tracked.length > 0 };
}

/** The `.gitignore` with what quantgate writes, by its path; none where it has that, or there is no git. */
export async function ignoreFile(
  root: string,
  { git }: WorkingTree,
): Promise<[path: string, text: string][]> {
  if (git.prefix === undefined) return [];
  const text = await readSmall(join(root, IGNORE), MAX_CONFIG_BYTES);
  if (text === undefined && (await isThere(root, IGNORE))) return [];
  const added = ignoreText(text ?? '');
  return added === undefined ? [] : [[IGNORE, added]];
}

/** What of a repository has to be seen to by its people, a line each. */
export function treeLines({ survey, git }: WorkingTree, { branch, installed }: WorkflowFacts): string[] {
  return [
    ...(survey.cut === undefined
      ? []
      : [`not all of this folder was looked at, as ${survey.cut}: models may be missing`]),
    ...(git.prefix === undefined
      ? ['this folder is in no git repository: the workflows run once it is one on GitHub']
      : []),
    ...(git.prefix === undefined || git.prefix === ''
      ? []
      : [
          `this folder is ${git.prefix} of its repository, whose workflows run from its root: move .github there, and add config: ${git.prefix}${CONFIG} to the steps of quantgate`,
        ]),
    ...(git.prefix !== undefined && !git.branch.isKnown
      ? [`the default branch is not known here, the workflows name ${branch}: correct them if it is another`]
      : []),
    ...(installed === undefined
      ? ['no package-lock.json installs a commit of quantgate: write that of a release into the workflows']
      : []),
  ];
}
