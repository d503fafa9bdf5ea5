import { z } from 'zod';
import { type Api, call } from './api.ts';
import { id } from './shapes.ts';

/** The check that a branch requires: a job's name, by the App that runs jobs. */
export interface RequiredCheck {
  readonly branch: string;
  readonly name: string;
  /** Id of the GitHub Actions App. Pinned to it, no check of another token and no commit status can stand in. */
  readonly app: number;
}

/** A check that a branch requires already. */
export interface CheckOfApp {
  readonly name: string;
  /** Undefined where a check of any App and any commit status will do. */
  readonly app: number | undefined;
}

/**
 * The id of the App that runs jobs: 15368 on github.com, another one on each Enterprise Server.
 *
 * @throws ApiError
 */
export async function readActionsApp(api: Api): Promise<number> {
  const app = await call(api, {
    purpose: 'read the App of GitHub Actions',
    route: 'GET /apps/{app_slug}',
    parameters: { app_slug: 'github-actions' },
    needs: [],
    answer: z.object({ id }),
  });
  return app.id;
}

/** What was changed, in words for the one who asked; empty when all was as it should be. */
export type Changes = readonly string[];
