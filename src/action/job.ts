import { tmpdir } from 'node:os';
import { UserError } from '../errors.ts';
import type { Repository } from '../github/api.ts';

/** The job that the Action runs in, as the runner describes it. */
export interface Job {
  readonly event: string;
  readonly repository: Repository;
  readonly run: { readonly id: number; readonly attempt: number; readonly url: string };
  /** Path of the workflow in the repository: `.github/workflows/quantgate.yml`. */
  readonly workflowPath: string;
  /** Commit that the workflow runs on; of a pull request, a merge into its base. Null outside of GitHub. */
  readonly commit: string | null;
  /** The branch that the workflow runs on; null for a tag or outside of GitHub. */
  readonly branch: string | null;
  readonly apiUrl: string;
  readonly serverUrl: string;
  /** Absolute folder of the checkout. */
  readonly workspace: string;
  /** Absolute folder that survives between jobs where the runner keeps one. */
  readonly cache: string;
  /** Absolute folder with the package.json and package-lock.json of ONNX Runtime. */
  readonly manifests: string;
  /** QUANTGATE_RUNTIME: where the owner of the runner installed onnxruntime-node, if at all. */
  readonly ownRuntime: string | undefined;
  /** Whether the server takes artifacts; a GitHub Enterprise Server may not. */
  readonly hasArtifactService: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws UserError when the environment is not that of a job */
export function readJob(env: Environment, manifests: string): Job {
  const [owner, repo] = (env.GITHUB_REPOSITORY ?? '').split('/');
  const id = Number(env.GITHUB_RUN_ID);
  const event = env.GITHUB_EVENT_NAME ?? '';
  if (!owner || !repo || !Number.isSafeInteger(id) || id < 1 || event === '')
    throw new UserError('this is not a job of GitHub Actions: run quantgate from the command line instead');
  const serverUrl = env.GITHUB_SERVER_URL ?? 'https://github.com';
  const attempt = Number(env.GITHUB_RUN_ATTEMPT ?? 1);
  const workspace = env.GITHUB_WORKSPACE ?? process.cwd();
  return {
    event,
    repository: { owner, repo },
    run: { id, attempt, url: `${serverUrl}/${owner}/${repo}/actions/runs/${id}` },
    workflowPath: workflowPathOf(env.GITHUB_WORKFLOW_REF ?? ''),
    commit: /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(env.GITHUB_SHA ?? '') ? env.GITHUB_SHA! : null,
    branch: /^refs\/heads\/(.+)$/.exec(env.GITHUB_REF ?? '')?.[1] ?? null,
    apiUrl: env.GITHUB_API_URL ?? 'https://api.github.com',
    serverUrl,
    workspace,
    // Never in the workspace, where a pull request puts files: what is found there is run.
    cache: env.RUNNER_TOOL_CACHE || env.RUNNER_TEMP || tmpdir(),
    manifests,
    ownRuntime: env.QUANTGATE_RUNTIME || undefined,
    hasArtifactService: Boolean(env.ACTIONS_RESULTS_URL && env.ACTIONS_RUNTIME_TOKEN),
  };
}

/** Out of `octo/models/.github/workflows/quantgate.yml@refs/heads/main`. */
function workflowPathOf(ref: string): string {
  return ref.replace(/@.*$/, '').split('/').slice(2).join('/');
}
