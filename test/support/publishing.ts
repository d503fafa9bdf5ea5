import { type Publication, publish } from '../../src/action/publish.ts';
import type { Report } from '../../src/report/report-schema.ts';
import type { Github } from '../fake-github/server.ts';
import type { Permissions } from '../fake-github/state.ts';
import { endOf, runMode, type World } from './action-world.ts';

/** Publishes as a job of the world's run does. @returns lines for the log */
export async function publishOn(
  github: Github,
  world: World,
  reports: readonly Report[],
  given: Partial<Publication> & {
    readonly granted?: Permissions;
    readonly pause?: () => Promise<unknown>;
  } = {},
): Promise<readonly string[]> {
  const { repo, pull, run } = world;
  const { granted, pause, ...rest } = given;
  let lines: readonly string[] = [];
  const mode = async (
    { api }: { api: Parameters<typeof publish>[0] | undefined },
    pause: () => Promise<unknown>,
  ) => {
    const publication = {
      repository: { owner: repo.owner, repo: repo.name },
      pullRequest: pull.number,
      branch: pull.base,
      head: pull.headSha,
      run: {
        id: run.id,
        attempt: run.attempt,
        url: 'https://github.test/run',
        workflow: '.github/workflows/q.yml',
      },
      reports,
      policy: 'always' as const,
      check: true,
      ...rest,
    };
    lines = await publish(api!, publication, pause);
    return { outputs: {}, summary: '', failure: undefined };
  };
  const { error } = await runMode(github, mode, world, endOf(github, world), { granted, pause });
  if (error !== undefined) throw error;
  return lines;
}
