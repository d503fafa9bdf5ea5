import type { Api, Repository } from '../github/api.ts';
import { publishComment } from '../github/comment.ts';

/** The command that is answered. */
export interface Answered {
  readonly pullRequest: number;
  /** Head of the pull request. */
  readonly head: string;
  readonly commentId: number;
  readonly commentUrl: string;
  /** Run of the job that answers. */
  readonly run: number;
}

/** Answers of commands have keys of their own beside the gates' comments. */
const PREFIX = 'answer ';

/**
 * Writes the answer to a command as a comment. There is one for each command, also when the job runs again, or a request
 * is repeated whose answer was lost.
 *
 * @param text Markdown
 * @throws ApiError
 */
export async function writeAnswer(
  api: Api,
  repository: Repository,
  { pullRequest, head, commentId, commentUrl, run }: Answered,
  text: string,
  pause?: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  const key = `${PREFIX}${commentId}`;
  const said = {
    key,
    head,
    run,
    sections: [{ key, attempt: 1, verdict: 'pass', text } as const],
    isWhole: true,
    frame: () => ({ before: `In answer to [this command](${commentUrl}):`, after: '' }),
  };
  await publishComment(api, { ...repository, number: pullRequest }, 'always', said, pause);
}
