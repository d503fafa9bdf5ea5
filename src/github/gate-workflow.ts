import { z } from 'zod';
import { readYaml } from '../config/yaml.ts';
import { UserError } from '../errors.ts';
import type { Api, Repository } from './api.ts';
import { ApiError } from './api-error.ts';
import { readFileAt } from './contents.ts';

const uses = z.object({ uses: z.string().optional() });
const workflow = z.object({
  on: z.unknown(),
  jobs: z.record(z.string(), uses.extend({ steps: z.array(uses).optional() })),
});

const QUANTGATE = /quantgate/i;

/**
 * Whether a commit has, at a path, a workflow that judges pull requests with quantgate: by a step of a job, or by a workflow
 * that a job calls and that has it in its name.
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
  try {
    const bytes = await readFileAt(api, repository, { commit, path });
    return bytes !== undefined && isGate(Buffer.from(bytes).toString('utf8'), path);
  } catch (error) {
    // Too large, or no YAML: nothing that GitHub would run.
    if (error instanceof UserError && !(error instanceof ApiError)) return false;
    throw error;
  }
}

/** @throws UserError when it is not YAML within limits */
export function isGate(text: string, path: string): boolean {
  const parsed = workflow.safeParse(readYaml(text, path).value);
  if (!parsed.success) return false;
  const { on, jobs } = parsed.data;
  const called = Object.values(jobs).flatMap(({ uses, steps = [] }) => [uses, ...steps.map((s) => s.uses)]);
  return startsOnPullRequests(on) && called.some((each) => QUANTGATE.test(each ?? ''));
}

function startsOnPullRequests(on: unknown): boolean {
  if (typeof on === 'string') return on === 'pull_request';
  if (Array.isArray(on)) return on.includes('pull_request');
  return typeof on === 'object' && on !== null && 'pull_request' in on;
}
