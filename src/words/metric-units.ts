/** Units of a metric: `fraction` lies in [0, 1], but for error rates that insertions take above it, and is the only unit that takes a budget in percentage points. */
export const metricUnits = ['fraction', 'dB', 'value'] as const;
export type MetricUnit = (typeof metricUnits)[number];
