import type { Api, Repository } from '../../github/api.ts';
import type { PullRequest } from '../../github/pull-request.ts';

/** A command, by whom and where it was given. */
export interface Asked {
  readonly api: Api;
  readonly repository: Repository;
  readonly pull: PullRequest;
  /** Login of the comment's author. */
  readonly by: string;
  /** Whether they may push to the repository. */
  readonly mayWrite: boolean;
  /** Path of quantgate.yml in the repository. */
  readonly configPath: string;
}

/** What came of it. */
export interface Reply {
  readonly done: boolean;
  /** Markdown for an answer; undefined where there is nothing to say. */
  readonly text?: string;
}

export function refused(text: string): Reply {
  return { done: false, text };
}
