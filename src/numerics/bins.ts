/** Bins of a histogram. */
export const BINS = 8192;
/** The bin whose lower edge is zero. */
export const ZERO_BIN = BINS / 2;
