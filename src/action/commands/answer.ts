import type { Api, Repository } from '../../github/api.ts';
import { publishComment } from '../../github/comment.ts';

/** A command and what it is answered. */
export interface Answer {
  readonly pullRequest: number;
  /** Head of the pull request. */
  readonly head: string;
  readonly commentId: number;
  readonly commentUrl: string;
  /** Run of the job that answers. */
  readonly run: number;
  /** The answer, in Markdown. */
  readonly text: string;
}

/** Answers of commands have keys of their own beside the gates' comments. */
const PREFIX = 'answer ';

/**
 * Writes the answer to a command as a comment. There is one for each command, also when the job runs again, or a request
 * is repeated whose answer was lost.
 *
 * @throws ApiError
 */
export async function writeAnswer(
  api: Api,
  repository: Repository,
  { pullRequest, head, commentId, commentUrl, run, text }: Answer,
  pause?: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  const key = `${PREFIX}${commentId}`;
  const said = {
    key,
    head,
    run,
    sections: [{ key, attempt: 1, verdict: 'pass', text } as const],
    isWhole: true,
    policy: 'always' as const,
    frame: () => ({ before: `In answer to [this command](${commentUrl}):`, after: '' }),
  };
  await publishComment(api, { ...repository, number: pullRequest }, said, pause);
}
