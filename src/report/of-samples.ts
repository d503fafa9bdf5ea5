import { count } from '../words/counts.ts';
import type { JudgedTarget } from './report-schema.ts';

/**
 * What follows the figures of a target, with the space before it: on how many samples they are where it stopped early.
 *
 * @example ofSamples({ samples: 32, stopped: { of: 2496, interval: 'always-valid' } }) // ' on 32 of 2,496 samples'
 */
export function ofSamples({ samples, stopped }: Pick<JudgedTarget['metric'], 'samples' | 'stopped'>): string {
  return stopped === undefined ? '' : ofFirst({ stopped: { at: samples, of: stopped.of } });
}

/** The same of what was measured of a change. */
export function ofFirst({
  stopped,
}: {
  readonly stopped?: { readonly at: number; readonly of: number } | undefined;
}): string {
  return stopped === undefined ? '' : ` on ${count(stopped.at)} of ${count(stopped.of)} samples`;
}
