import type { DeviceMetrics } from '../../verification/device-metrics.ts';
import type { CheckedTarget } from '../../verification/verification-schema.ts';
import type { OutputsElsewhere } from './read-output.ts';

/** What ran a target elsewhere, and what is known of its results. */
export interface Elsewhere extends Pick<CheckedTarget, 'source' | 'library' | 'version' | 'layers'> {
  /** Undefined where only the metric is known. */
  readonly outputs?: OutputsElsewhere;
  readonly metrics?: DeviceMetrics;
  readonly notes: readonly string[];
}
