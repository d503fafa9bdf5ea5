const twoDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/**
 * How long something takes that is not known exactly.
 *
 * @param seconds at least 0
 * @example aboutDuration(134) // 'about 2 minutes'
 */
export function aboutDuration(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s`;
  const minutes = seconds / 60;
  return minutes < 90
    ? `about ${twoDigits.format(Math.round(minutes))} minutes`
    : `about ${twoDigits.format(minutes / 60)} hours`;
}
