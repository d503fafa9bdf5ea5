/** An action that the workflows use beside quantgate. */
const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1';
const DVC = `      # DVC has models or data of this repository: fetch them here, by a step that runs dvc pull.
`;
const NO_COMMIT = '0'.repeat(40);

/** What workflows have to know of a repository. */
export interface WorkflowFacts {
  readonly branch: string;
  /** The commit of quantgate that is installed, and its version; undefined where none is known. */
  readonly installed: { readonly commit: string; readonly version: string } | undefined;
  readonly lfs: boolean;
  /** Whether DVC has some of the models or data. */
  readonly dvc: boolean;
}

/** The workflows by their path in a repository. */
export function workflowTexts(facts: WorkflowFacts): Readonly<Record<string, string>> {
  const { commit, version } = facts.installed ?? { commit: NO_COMMIT, version: undefined };
  const behind =
    version === undefined ? 'write the commit of a release, and its version here' : `v${version}`;
  const quantgate = `quantgate/quantgate@${commit} # ${behind}`;
  return {
    '.github/workflows/quantgate.yml': gate(quantgate, facts),
    '.github/workflows/quantgate-report.yml': report(quantgate),
    '.github/workflows/quantgate-command.yml': command(quantgate),
  };
}

/** Those of a repository of which nothing is known, as examples/workflows has them. */
export const workflows = workflowTexts({ branch: 'main', installed: undefined, lfs: true, dvc: false });

/** Judges pull requests, and records what they are compared with. */
function gate(quantgate: string, { branch, lfs, dvc }: WorkflowFacts): string {
  return `# Judges every pull request by the accuracy that its models keep in INT8. On ${branch} the same job records the baseline, FP32 and
# INT8, because a gate takes the baselines of its own workflow only.
# Make "gate" a required check with "npx --no -- quantgate protect --repo o/r". There is no path filter, as a filtered check
# stays pending for ever; where no model changed, the gate ends within seconds.
name: quantgate

on:
  push:
    branches: [${branchText(branch)}] # your default branch: records the baseline, which GitHub keeps for 90 days
  schedule:
    - cron: '17 4 * * 1' # every Monday once more, so that baseline and history outlive these 90 days
  pull_request:
    types: [opened, synchronize, reopened, edited] # edited: it may have another base now, whose budget counts
  merge_group:

concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

# A model is untrusted input, so the job that parses it only reads.
permissions:
  contents: read # check out models and data, read quantgate.yml of the base commit, see what has changed
  actions: read # find the baseline of the base branch
  checks: read # see whether a maintainer accepted the loss
  pull-requests: read # see whether the same commit is proposed to another branch

jobs:
  gate:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: ${CHECKOUT}
        with:
${lfs ? '          lfs: true\n' : ''}          persist-credentials: false
${dvc ? DVC : ''}      - uses: ${quantgate}
        with:
          comment: never # quantgate-report.yml comments, on pull requests of forks too
`;
}

/** Comments on what the gate measured. */
function report(quantgate: string): string {
  return `# Comments on pull requests, also those of forks, whose own jobs may not write. GitHub runs the default branch's version of
# this file, and it parses no model: it reads the report.json files of the run and quantgate.yml of the base, both bounded.
name: quantgate report

on:
  workflow_run: # zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run
    workflows: [quantgate]
    types: [completed]

permissions: {}

jobs:
  report:
    if: github.event.workflow_run.event == 'pull_request'
    # Two reports on one pull request do not race. Of the job, as a run that is skipped would take the place of one that waits.
    concurrency:
      group: \${{ github.workflow }}-\${{ github.event.workflow_run.head_repository.full_name }}-\${{ github.event.workflow_run.head_branch }}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read # read quantgate.yml of the base branch
      actions: read # read the report of the run that ended
      checks: write # mark the pull request's commit
      pull-requests: write # write the comment
    steps:
      - uses: ${quantgate}
        with:
          mode: report
`;
}

/** Obeys comments of maintainers. */
function command(quantgate: string): string {
  return `# Obeys comments such as "/quantgate accept <commit> <reason>" of people who may write to the repository. It never parses a
# model: it reads the report.json files of the gate, and for apply quantgate.yml of the pull request, both bounded.
name: quantgate command

on:
  issue_comment: # zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run
    types: [created] # an edited comment is not a command

permissions: {}

jobs:
  command:
    # Without this, every comment would cost a runner.
    if: github.event.issue.pull_request && startsWith(github.event.comment.body, '/quantgate ')
    # Commands on one pull request one after the other. Of the job, as any other comment would take the place of one that waits.
    concurrency:
      group: \${{ github.workflow }}-\${{ github.event.issue.number }}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: write # commit measured changes to the branch of the pull request
      actions: write # read reports, start the gate again
      checks: write # keep what was accepted
      pull-requests: write # react to the comment, answer it
    steps:
      - uses: ${quantgate}
        with:
          mode: command
`;
}

/** What YAML 1.1 would take for something else is quoted. */
function branchText(branch: string): string {
  return /^(main|master|develop|trunk)$/.test(branch) ? branch : JSON.stringify(branch);
}
