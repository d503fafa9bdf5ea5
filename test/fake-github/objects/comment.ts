import type { Urls } from '../answer.ts';
import type { Comment, Reaction, Repo, State } from '../state.ts';
import { repoPage, repoUrl } from './repository.ts';
import { nodeId, userObject, userOf } from './user.ts';

const emojis = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];

/** `issue-comment` */
export function commentObject(state: State, urls: Urls, repo: Repo, comment: Comment) {
  const url = `${repoUrl(urls, repo)}/issues/comments/${comment.id}`;
  const count = (content: string) => comment.reactions.filter((r) => r.content === content).length;
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url,
    html_url: commentPage(urls, repo, comment),
    issue_url: `${repoUrl(urls, repo)}/issues/${comment.issue}`,
    body: comment.body,
    user: userObject(urls, userOf(state, comment.author)),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: authorAssociation(repo, comment.author),
    performed_via_github_app: null,
    reactions: {
      url: `${url}/reactions`,
      total_count: comment.reactions.length,
      ...Object.fromEntries(emojis.map((emoji) => [emoji, count(emoji)])),
    },
  };
}

export function commentPage(urls: Urls, repo: Repo, comment: Comment): string {
  return `${repoPage(urls, repo)}/pull/${comment.issue}#issuecomment-${comment.id}`;
}

export function reactionObject(state: State, urls: Urls, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: userObject(urls, userOf(state, reaction.author)),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

export function authorAssociation(repo: Repo, login: string): string {
  if (login === repo.owner) return 'OWNER';
  return (repo.roles.get(login) ?? 'none') === 'none' ? 'NONE' : 'COLLABORATOR';
}
