import { UserError } from '../../errors.ts';
import type { Api, Repository } from '../../github/api.ts';
import { lookUpBaselineArtifact } from '../../github/baseline-artifact.ts';
import { readRequirement, requiresOwners } from '../../github/protection.ts';
import { assertBranch, readDefaultBranch, readDefaultPermissions } from '../../github/repository.ts';
import { readActionsApp } from '../../github/required-check.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { type DoctorFinding, findingOf } from './finding.ts';

/** What to look at on GitHub. */
export interface Settings {
  readonly repository: Repository;
  /** The default branch if undefined. */
  readonly branch: string | undefined;
  /** Name of the gate's job. */
  readonly check: string;
  /** Paths of the workflows that judge pull requests. */
  readonly gates: readonly string[];
}

/**
 * What is wrong with a repository on GitHub. A question that the token may not ask is a finding too.
 *
 * @throws ApiError when the repository or branch cannot be read at all
 */
export async function examineSettings(api: Api, settings: Settings): Promise<DoctorFinding[]> {
  const { repository, gates } = settings;
  const branch = settings.branch ?? (await readDefaultBranch(api, repository));
  if (settings.branch !== undefined) await assertBranch(api, repository, branch);
  const where = `${repository.owner}/${repository.repo}`;
  const examinations = [
    () => examineRequirement(api, settings, branch),
    () => examineReviews(api, repository, branch),
    () => examinePermissions(api, repository),
    ...gates.map((workflow) => () => examineBaseline(api, repository, { branch, workflow })),
  ];
  const findings: DoctorFinding[] = [];
  for (const examine of examinations) {
    const found = await examine().catch((error: unknown) => {
      if (error instanceof UserError) return findingOf(error, where);
      throw error;
    });
    if (found !== undefined) findings.push({ ...found, where });
  }
  return findings;
}

type Found = Promise<Omit<DoctorFinding, 'where'> | undefined>;

async function examineRequirement(api: Api, settings: Settings, branch: string): Found {
  const { repository, check: name } = settings;
  const app = await readActionsApp(api);
  // What GitHub calls the default branch has no place in a line to be copied into a shell.
  const asked = settings.branch === undefined ? [] : ['--branch', branch];
  const place = `${repository.owner}/${repository.repo}`;
  const remedy = `run ${shellCommand('protect', '--repo', place, ...asked, '--check', name)}`;
  const { state } = await readRequirement(api, repository, { branch, name, app });
  switch (state) {
    case 'pinned':
      return undefined;
    case 'of any App':
      return { what: `${branch} requires "${name}" of any App, so that another token can stand in`, remedy };
    case 'not required':
      return { what: `${branch} does not require "${name}", so that a failed gate can be merged`, remedy };
  }
}

async function examineReviews(api: Api, repository: Repository, branch: string): Found {
  if (await requiresOwners(api, repository, branch)) return undefined;
  return {
    what: `${branch} requires no review of code owners, so that CODEOWNERS guards nothing`,
    remedy: 'require a pull request with "Require review from Code Owners" in a ruleset of the branch',
  };
}

async function examinePermissions(api: Api, repository: Repository): Found {
  if ((await readDefaultPermissions(api, repository)) === 'read') return undefined;
  return {
    what: 'a job whose workflow says nothing of permissions may write',
    remedy: 'choose "Read repository contents" under Settings, Actions, General, Workflow permissions',
  };
}

async function examineBaseline(
  api: Api,
  repository: Repository,
  query: { readonly branch: string; readonly workflow: string },
): Found {
  const { branch, workflow } = query;
  const found = await lookUpBaselineArtifact(api, repository, { ...query, builtOn: branch });
  switch (found.state) {
    case 'found':
      return undefined;
    case 'none-yet':
      return {
        what: `no push to ${branch} has recorded a baseline by ${workflow}`,
        remedy: `let it run on push to ${branch}, and push`,
      };
    case 'expired':
      return {
        what: `the baseline of ${branch} from ${found.origin.date} has expired`,
        remedy: `push to ${branch}`,
      };
    case 'unavailable':
    case 'hidden':
      return findingOf(new UserError(found.reason), workflow);
  }
}
