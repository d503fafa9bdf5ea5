/** The check that a branch requires: a job's name, by the App that runs jobs. */
export interface RequiredCheck {
  readonly branch: string;
  readonly name: string;
  /** Id of the GitHub Actions App: `ACTIONS_APP` on github.com, another one on an Enterprise Server. */
  readonly app: number;
}

/** Pinned to it, no commit status and no check run of another token can stand in for the job. */
export const ACTIONS_APP = 15_368;

/** What was changed, in words for the one who asked; empty when all was as it should be. */
export type Changes = readonly string[];
