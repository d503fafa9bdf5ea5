import type { CommentPolicy } from '../config/comment-policy.ts';
import type { Verdict } from '../verdict/combine.ts';

/**
 * Whether a run writes to the pull request. A comment that is there is kept up to date, so that it never shows an
 * outdated verdict; that notifies nobody. A first comment does, and is made
 *
 * - `always`: by every run,
 * - `on-change`: when the verdict is not the pass that no comment stands for,
 * - `on-failure`: when the verdict is fail or error.
 *
 * @param exists whether the pull request has the comment already
 */
export function speaks(policy: CommentPolicy, exists: boolean, now: Verdict): boolean {
  switch (policy) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'on-change':
      return exists || now !== 'pass';
    case 'on-failure':
      return exists || now === 'fail' || now === 'error';
  }
}
