/** What to do with an inconclusive verdict. */
export const inconclusivePolicies = ['pass', 'warn', 'fail'] as const;
export type InconclusivePolicy = (typeof inconclusivePolicies)[number];
