import { quote } from '../../errors.ts';
import type { DoctorFinding } from './finding.ts';
import { missing, parsesWithWriteToken, unchosen } from './job-permissions.ts';
import { isQuantgate, stepsOf, usesQuantgate, type Workflow } from './workflow.ts';

type Rule = (workflow: Workflow) => DoctorFinding[];

const pullRequestTarget: Rule = (workflow) =>
  'pull_request_target' in workflow.on
    ? [
        {
          where: workflow.locate(['on', 'pull_request_target'], true),
          what: 'pull_request_target runs with write access and secrets for pull requests of strangers',
          remedy: 'use pull_request, and workflow_run for what must write',
        },
      ]
    : [];

const pathFilter: Rule = (workflow) => {
  const filters = workflow.on.pull_request;
  if (!usesQuantgate(workflow) || typeof filters !== 'object' || filters === null) return [];
  return ['paths', 'paths-ignore']
    .filter((key) => key in filters)
    .map((key) => ({
      where: workflow.locate(['on', 'pull_request', key], true),
      what: `where ${key} leaves a pull request out, a required check of this workflow stays pending for ever`,
      remedy: `remove ${key}`,
    }));
};

const newBase: Rule = (workflow) => {
  if (!usesQuantgate(workflow) || !('pull_request' in workflow.on)) return [];
  const types = (workflow.on.pull_request as { readonly types?: unknown } | null)?.types;
  if (Array.isArray(types) && types.includes('edited')) return [];
  return [
    {
      where: workflow.locate(['on', 'pull_request'], true),
      what: 'a pull request that passes on one base keeps that verdict when its author chooses another',
      remedy: 'add "types: [opened, synchronize, reopened, edited]" to pull_request',
    },
  ];
};

const mergeQueue: Rule = (workflow) =>
  usesQuantgate(workflow) && 'pull_request' in workflow.on && !('merge_group' in workflow.on)
    ? [
        {
          where: workflow.locate(['on'], true),
          what: 'without merge_group a merge queue waits for ever for the required check',
          remedy: 'add "merge_group:" to "on:"',
        },
      ]
    : [];

const unpinned: Rule = (workflow) => {
  const calls = Object.entries(workflow.jobs).flatMap(([job, { uses }]) =>
    uses === undefined ? [] : [{ uses, path: ['jobs', job, 'uses'] }],
  );
  const steps = stepsOf(workflow).flatMap(({ job, index, step: { uses } }) =>
    uses === undefined ? [] : [{ uses, path: ['jobs', job, 'steps', index, 'uses'] }],
  );
  return [...calls, ...steps].flatMap(({ uses, path }) => {
    const what = weaknessOf(uses);
    return what === undefined
      ? []
      : [
          {
            where: workflow.locate(path),
            what: `${quote(uses)} ${what}`,
            remedy: 'write the 40 digits of the commit, and the version in a comment',
          },
        ];
  });
};

/** A job of any step may read the token that a checkout leaves behind. */
const keptToken: Rule = (workflow) =>
  checkoutsOf(workflow)
    .filter(({ step }) => !['false', false].includes(step.with?.['persist-credentials'] as string | boolean))
    .map(({ job, index }) => ({
      where: workflow.locate(['jobs', job, 'steps', index, 'uses']),
      what: "this checkout leaves the job's token in the files beside which models and modules are read",
      remedy: 'add "with: { persist-credentials: false }"',
    }));

const neverFails: Rule = (workflow) =>
  stepsOf(workflow)
    .filter(
      ({ step }) =>
        isQuantgate(workflow, step) && ![undefined, false].includes(step['continue-on-error'] as boolean),
    )
    .map(({ job, index }) => ({
      where: workflow.locate(['jobs', job, 'steps', index, 'continue-on-error'], true),
      what: `job ${quote(job)} passes whatever quantgate says`,
      remedy: 'remove continue-on-error',
    }));

/** A push to the branch of a pull request, or a tag on its commit, makes checks on what is proposed. */
const anyPush: Rule = (workflow) => {
  if (!usesQuantgate(workflow) || !('push' in workflow.on)) return [];
  const filters = (workflow.on.push ?? {}) as Readonly<Record<string, unknown>>;
  const branches = [filters.branches ?? []].flat();
  const isBound = branches.length > 0 && !branches.some((each) => /[*?[\]+!]/.test(String(each)));
  if (isBound && !('tags' in filters) && !('tags-ignore' in filters)) return [];
  return [
    {
      where: workflow.locate(['on', 'push'], true),
      what: 'a push of any branch or tag records there what passes for the check of its commit',
      remedy: 'name the branches that pull requests go to: "branches: [main]", without tags and wildcards',
    },
  ];
};

/** Tags and branches move; commits and digests do not. GitHub's own actions run with GitHub's trust anyway. */
function weaknessOf(uses: string): string | undefined {
  if (/^(\.\/|\$\/|actions\/|github\/)/.test(uses)) return undefined;
  if (uses.startsWith('docker://'))
    return /@sha256:[0-9a-f]{64}$/.test(uses) ? undefined : 'is not pinned to a digest';
  const [, ref] = /@([^@]+)$/.exec(uses) ?? [];
  if (/^0{40}$/.test(ref ?? '')) return 'names no commit yet';
  return /^[0-9a-f]{40}$/.test(ref ?? '') ? undefined : 'is not pinned to a commit';
}

const rules: readonly Rule[] = [
  unchosen,
  missing,
  pullRequestTarget,
  pathFilter,
  newBase,
  mergeQueue,
  unpinned,
  parsesWithWriteToken,
  keptToken,
  anyPush,
  neverFails,
];

/** What is wrong with one workflow. */
export function examineWorkflow(workflow: Workflow): DoctorFinding[] {
  return rules.flatMap((rule) => rule(workflow));
}

/** Workflows that report on runs of quantgate, while no workflow that judges pull requests has a name they wait for. */
export function waitsInVain(ours: readonly Workflow[]): DoctorFinding[] {
  const gates = ours.filter(({ on }) => 'pull_request' in on).map(({ name, fileName }) => name ?? fileName);
  return ours.flatMap((workflow) => {
    const filters = workflow.on.workflow_run;
    if (typeof filters !== 'object' || filters === null || !('workflows' in filters)) return [];
    const names = [filters.workflows].flat();
    if (gates.length === 0 || gates.some((name) => names.includes(name))) return [];
    return {
      where: workflow.locate(['on', 'workflow_run', 'workflows']),
      what: 'no workflow that judges pull requests has this name, so that none gets a comment',
      remedy: `write ${gates.map(quote).join(' or ')}`,
    };
  });
}

/** Checkouts that leave pointers where quantgate needs models or data, of a repository that uses Git LFS. */
export function checkoutsWithoutLfs(workflow: Workflow): DoctorFinding[] {
  return checkoutsOf(workflow)
    .filter(({ step }) => !['true', true].includes(step.with?.lfs as string | boolean))
    .map(({ job, index }) => ({
      where: workflow.locate(['jobs', job, 'steps', index, 'uses']),
      what: 'the repository uses Git LFS, and this checkout fetches pointers instead of models and data',
      remedy: 'add "with: { lfs: true }"',
    }));
}

/** The checkouts of jobs that run quantgate. */
function checkoutsOf(workflow: Workflow) {
  const steps = stepsOf(workflow);
  const jobs = new Set(steps.filter(({ step }) => isQuantgate(workflow, step)).map(({ job }) => job));
  return steps.filter(({ job, step }) => jobs.has(job) && /^actions\/checkout@/.test(step.uses ?? ''));
}
