import { type HtpGeneration, htpGenerations } from '../numerics/htp.ts';
import type { Target } from './target.ts';

/** The generation of HTP that a target computes as; undefined for other chips. */
export function htpGenerationOf({
  arithmetic: { rescale },
}: Pick<Target, 'arithmetic'>): HtpGeneration | undefined {
  return rescale === 'htp-v68' || rescale === 'htp-v73' ? htpGenerations[rescale] : undefined;
}
