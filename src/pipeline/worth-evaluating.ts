/** What is less than this may be luck of the eight probe samples. */
const LEAST_OUTPUT_GAIN_DB = 0.5;

/** Whether so much less noise at the outputs of the probes is worth a pass over the evaluation samples. */
export function isWorthEvaluating(nsrBefore: number, nsrAfter: number): boolean {
  return 10 * Math.log10(nsrBefore / nsrAfter) >= LEAST_OUTPUT_GAIN_DB;
}
