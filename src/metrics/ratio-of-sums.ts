import { z } from 'zod';
import type { OverPicks } from './over-picks.ts';

/** A part and the whole that it is of: errors and words, say. */
export const ratioScore = z.tuple([z.number(), z.number()]);

/** The parts of all samples by their wholes. */
export function ratioOfSums(samples: readonly (readonly [part: number, whole: number])[]): OverPicks {
  return (indices) => {
    let [part, whole] = [0, 0];
    for (let i = 0; i < indices.length; i++) {
      part += samples[indices[i]][0];
      whole += samples[indices[i]][1];
    }
    return part / whole;
  };
}
