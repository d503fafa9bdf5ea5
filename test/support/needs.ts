/**
 * Whether a test is to be skipped because `what` is not on this machine; says so in words. With SKIP_NOTHING in the
 * environment, as in `.ci/run`, which installs everything, nothing is skipped.
 *
 * @throws Error when something is missing and nothing may be skipped
 */
export function isMissing(what: string, isThere: boolean): boolean {
  if (isThere) return false;
  if (process.env.SKIP_NOTHING) throw new Error(`${what} is missing, and SKIP_NOTHING is set`);
  console.warn(`tests are skipped: ${what} is missing`);
  return true;
}
