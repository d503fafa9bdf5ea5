/** Samples that ranges are chosen from, and those that decide: [first, end) each. */
export interface ChosenRanges {
  readonly calibration: readonly [number, number];
  readonly evaluation: readonly [number, number];
  /** What is wrong with so few samples; undefined where they will do. */
  readonly problem: string | undefined;
}

const FEWEST = 100;
const MOST = 500;
/** Of which none is lost, so that 95 % of the interval lie within one point. */
const ENOUGH = 380;

/**
 * Ranges of one set of samples that have none in common where there are two: a fifth calibrates, but from 100 to 500, or half
 * of fewer than 200.
 */
export function chooseRanges(samples: number): ChosenRanges {
  if (samples < 2)
    return {
      calibration: [0, 1],
      evaluation: [0, 1],
      problem: 'there is one sample, which calibrates and decides: give a hundred of each',
    };
  const wanted = Math.min(Math.max(Math.round(samples / 5), FEWEST), MOST);
  const calibrating = samples < 2 * FEWEST ? Math.floor(samples / 2) : wanted;
  const problem = problemOf(samples, samples - calibrating);
  return { calibration: [0, calibrating], evaluation: [calibrating, samples], problem };
}

function problemOf(samples: number, deciding: number): string | undefined {
  if (samples < 2 * FEWEST)
    return `there are ${samples} samples: a hundred that calibrate and several hundred that decide are wanted, so a verdict may stay open`;
  return decidingProblems(deciding)[0];
}

/** What is wrong with so many samples that decide; nothing with enough. */
export function decidingProblems(samples: number): string[] {
  return samples < ENOUGH
    ? [`${samples} samples decide: fewer than about ${ENOUGH} leave open whether one in a hundred is lost`]
    : [];
}

/** Samples that calibrate where they have a file of their own. */
export function calibrationAlone(samples: number): readonly [number, number] {
  return [0, Math.min(samples, MOST)];
}

/** Class ids that are in order, so that the first samples are of few classes. */
export function isSortedByClass(ids: readonly number[], calibrating: number): boolean {
  const all = new Set(ids).size;
  return all > 1 && new Set(ids.slice(0, calibrating)).size <= all / 2 && calibrating >= 2 * all;
}
