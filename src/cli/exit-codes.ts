/** Exit codes of `quantgate run`. */
export const exitCodes = { pass: 0, fail: 1, error: 2, inconclusive: 3 } as const;
