export const commentPolicies = ['always', 'on-change', 'on-failure', 'never'] as const;
export type CommentPolicy = (typeof commentPolicies)[number];
