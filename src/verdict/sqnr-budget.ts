import type { Limit } from '../config/config.ts';
import { tinyShare } from '../words/ranges.ts';
import type { Judged } from './combine.ts';
import { excess } from './limit.ts';

/** What the budget looks at in a layer. */
export interface LayerNoise {
  /** Noise power / signal power of its own output when it reads FP32 inputs. */
  readonly nsr: number;
  /** What makes most of the noise, in words, and its share. */
  readonly cause: { readonly words: string; readonly share: number } | undefined;
}

/** Fails a judgement when the local SQNR of a layer, −10·log10 of its NSR, is below the budget in dB. */
export function withSqnrBudget<J extends Judged>(
  judged: J,
  layers: Iterable<readonly [name: string, LayerNoise]>,
  limit: Limit | undefined,
): J {
  const negated = limit && { ...limit, value: -limit.value };
  return excess(judged, layers, negated, {
    of: ({ nsr }) => 10 * Math.log10(nsr),
    say: (name, { nsr, cause }, value, others) => {
      const why = cause === undefined ? '' : `, ${tinyShare(cause.share)} of the noise is ${cause.words}`;
      return `layer "${name}": ${sqnr(nsr)}${why}, min-sqnr-db is ${-value}${others}`;
    },
  });
}

function sqnr(nsr: number): string {
  return nsr === Infinity
    ? 'noise where FP32 has no signal'
    : `SQNR ${(-10 * Math.log10(nsr)).toFixed(1)} dB`;
}
