import { printable, quote } from '../../errors.ts';
import { isQuantgate, type Permissions, stepsOf, usesQuantgate, type Workflow } from './workflow.ts';

/** Something wrong: where it is, what it is, and what to do. One line each. */
export interface Finding {
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

type Rule = (workflow: Workflow) => Finding[];

const missingPermissions: Rule = (workflow) => {
  if (workflow.permissions !== undefined) return [];
  return Object.entries(workflow.jobs)
    .filter(([, job]) => job.permissions === undefined)
    .map(([name]) => ({
      where: workflow.locate(['jobs', name], true),
      what: `job ${quote(name)} gets whatever permissions the repository's settings give`,
      remedy: 'add "permissions: { contents: read }" to the workflow',
    }));
};

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

/** Tags and branches move; commits and digests do not. GitHub's own actions run with GitHub's trust anyway. */
function weaknessOf(uses: string): string | undefined {
  if (/^(\.\/|\$\/|actions\/|github\/)/.test(uses)) return undefined;
  if (uses.startsWith('docker://'))
    return /@sha256:[0-9a-f]{64}$/.test(uses) ? undefined : 'is not pinned to a digest';
  const [, ref] = /@([^@]+)$/.exec(uses) ?? [];
  if (/^0{40}$/.test(ref ?? '')) return 'names no commit yet';
  return /^[0-9a-f]{40}$/.test(ref ?? '') ? undefined : 'is not pinned to a commit';
}

const parsesWithWriteToken: Rule = (workflow) =>
  stepsOf(workflow).flatMap(({ job, index, step }) => {
    if (!isQuantgate(step) || !parsesModels(workflow, step.with?.mode)) return [];
    const scopes = writable(workflow.jobs[job]!.permissions ?? workflow.permissions);
    return scopes.length === 0
      ? []
      : [
          {
            where: workflow.locate(['jobs', job, 'steps', index, 'uses']),
            what: `job ${quote(job)} parses models of pull requests and holds ${printable(scopes.join(', '))}`,
            remedy: 'give it "permissions: { contents: read }" and write from a job of its own',
          },
        ];
  });

/** Reports and commands read a report, all else reads a model. */
function parsesModels(workflow: Workflow, mode: unknown): boolean {
  if (mode === 'report' || mode === 'command') return false;
  const onlyReports = Object.keys(workflow.on).every((event) =>
    ['workflow_run', 'issue_comment'].includes(event),
  );
  return typeof mode === 'string' || !onlyReports;
}

function writable(permissions: Permissions | undefined): string[] {
  if (permissions === 'write-all') return ['write-all'];
  if (permissions === undefined || permissions === 'read-all') return [];
  return Object.entries(permissions).flatMap(([scope, level]) =>
    level === 'write' ? [`${scope}: write`] : [],
  );
}

const rules: readonly Rule[] = [
  missingPermissions,
  pullRequestTarget,
  pathFilter,
  mergeQueue,
  unpinned,
  parsesWithWriteToken,
];

/** What is wrong with one workflow. */
export function examineWorkflow(workflow: Workflow): Finding[] {
  return rules.flatMap((rule) => rule(workflow));
}

/** Checkouts that leave pointers where quantgate needs models or data, of a repository that uses Git LFS. */
export function checkoutsWithoutLfs(workflow: Workflow): Finding[] {
  const steps = stepsOf(workflow);
  const jobs = new Set(steps.filter(({ step }) => isQuantgate(step)).map(({ job }) => job));
  return steps
    .filter(({ job, step }) => jobs.has(job) && /^actions\/checkout@/.test(step.uses ?? ''))
    .filter(({ step }) => !['true', true].includes(step.with?.lfs as string | boolean))
    .map(({ job, index }) => ({
      where: workflow.locate(['jobs', job, 'steps', index, 'uses']),
      what: 'the repository uses Git LFS, and this checkout fetches pointers instead of models and data',
      remedy: 'add "with: { lfs: true }"',
    }));
}
