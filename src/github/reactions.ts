import { type Api, call, type Repository } from './api.ts';
import { ignored } from './shapes.ts';

export type Reaction = '+1' | '-1' | 'eyes' | 'confused' | 'rocket';

/**
 * Answers a comment on a pull request with a reaction, which is there at once and notifies nobody.
 *
 * @throws ApiError
 */
export async function react(
  api: Api,
  repository: Repository,
  commentId: number,
  reaction: Reaction,
): Promise<void> {
  await call(api, {
    purpose: `react to comment ${commentId}`,
    route: 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    parameters: { ...repository, comment_id: commentId, content: reaction },
    needs: ['pull-requests: write'],
    answer: ignored,
  });
}
