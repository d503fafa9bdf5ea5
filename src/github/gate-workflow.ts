import { z } from 'zod';
import { readYaml } from '../config/yaml.ts';
import { UserError } from '../errors.ts';
import type { Api, Repository } from './api.ts';
import { ApiError } from './api-error.ts';
import { readFileAt } from './contents.ts';
import { actionFile, isQuantgateAction, namesQuantgate, ownFolder } from './quantgate-step.ts';

const step = z.object({
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).nullish(),
});
const workflow = z.object({
  on: z.unknown(),
  jobs: z.record(z.string(), z.object({ uses: z.string().optional(), steps: z.array(step).optional() })),
});
type Workflow = z.infer<typeof workflow>;

/** Files of the commit that are read to know it, each of which costs a call. */
const MAX_FILES = 6;

/** The text of a file of the commit; undefined where there is none that GitHub would run, or it was read before. */
type ReadText = (path: string) => Promise<string | undefined>;

/**
 * Whether a commit has, at a path, a workflow that judges pull requests with quantgate: by a step that gates, in a job of its
 * own or of a workflow of the repository that it calls, or by a workflow of others that has quantgate in its name. A copy of
 * quantgate in the repository counts below `.github/actions`.
 *
 * @param path such as `.github/workflows/quantgate.yml`
 * @throws ApiError
 */
export async function hasGate(
  api: Api,
  repository: Repository,
  commit: string,
  path: string,
): Promise<boolean> {
  if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return false;
  const seen = new Set<string>();
  const read = async (path: string) => {
    // Each file once: workflows may call each other in a circle.
    if (seen.has(path) || seen.size === MAX_FILES) return undefined;
    seen.add(path);
    return readText(api, repository, { commit, path });
  };
  const found = await readWorkflow(path, read);
  return found !== undefined && startsOnPullRequests(found.on) && (await gates(found, read));
}

async function readText(
  api: Api,
  repository: Repository,
  file: { readonly commit: string; readonly path: string },
): Promise<string | undefined> {
  try {
    const bytes = await readFileAt(api, repository, file);
    return bytes && Buffer.from(bytes).toString('utf8');
  } catch (error) {
    // Too large, or no file: nothing that GitHub would run.
    if (error instanceof UserError && !(error instanceof ApiError)) return undefined;
    throw error;
  }
}

async function readWorkflow(path: string, read: ReadText): Promise<Workflow | undefined> {
  const text = await read(path);
  if (text === undefined) return undefined;
  try {
    return workflow.safeParse(readYaml(text, path).value).data;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function gates({ jobs }: Workflow, read: ReadText): Promise<boolean> {
  const steps = Object.values(jobs).flatMap(({ steps = [] }) => steps.filter(leavesGating));
  const called = Object.values(jobs).flatMap(({ uses }) => uses ?? []);
  // What needs no further call comes first.
  if (steps.some(({ uses }) => namesQuantgate(uses)) || called.some(isGateOfOthers)) return true;
  for (const { uses } of steps) {
    const folder = ownFolder(uses);
    // One that lies elsewhere is what a pull request changes without being told from others.
    const path = folder?.startsWith('.github/actions/') && actionFile(folder);
    const text = path && (await read(path));
    if (path && text && isQuantgateAction(text, path)) return true;
  }
  for (const uses of called) {
    const [, path] = /^[.$]\/(\.github\/workflows\/[^/]+\.ya?ml)$/.exec(uses) ?? [];
    const found = path && (await readWorkflow(path, read));
    if (found && (await gates(found, read))) return true;
  }
  return false;
}

/** Whether a step gates where it is quantgate's: a pull request means mode `gate`, and what an expression says is not known. */
function leavesGating({ with: inputs }: z.infer<typeof step>): boolean {
  const mode = String(inputs?.mode ?? '').trim();
  return mode === '' || mode === 'gate' || mode.includes('${{');
}

/** Of a workflow of another repository nothing is read. */
function isGateOfOthers(uses: string): boolean {
  return /^\w[\w.-]*\/.*quantgate/i.test(uses);
}

function startsOnPullRequests(on: unknown): boolean {
  if (typeof on === 'string') return on === 'pull_request';
  if (Array.isArray(on)) return on.includes('pull_request');
  return typeof on === 'object' && on !== null && 'pull_request' in on;
}
