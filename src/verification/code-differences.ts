import { type QuantParams, quantizeValue, type RoundedGrid } from '../numerics/grid.ts';

/** A tensor that lies on a grid. */
export interface TensorGrid extends RoundedGrid {
  readonly params: QuantParams;
}

/** How the codes of one tensor differ between the emulation and what ran elsewhere, over samples. */
export interface CodeDifferences {
  codes: number;
  differing: number;
  /** The largest difference of a code, in steps of the grid. */
  largestStep: number;
  /** Sums of squares, in squared steps: of the emulation, and of the difference. */
  signal: number;
  noise: number;
}

export function noDifferences(): CodeDifferences {
  return { codes: 0, differing: 0, largestStep: 0, signal: 0, noise: 0 };
}

/**
 * Adds the codes of one sample.
 *
 * @param emulated codes on the grid
 * @param measured real values of as many elements, which are put onto the grid; one that is no number differs by all of
 *   the grid
 */
export function addCodes(
  differences: CodeDifferences,
  emulated: ArrayLike<number>,
  measured: ArrayLike<number>,
  { params, grid, rounding }: TensorGrid,
): void {
  for (let i = 0; i < emulated.length; i++) {
    const value = measured[i];
    const step = Number.isNaN(value)
      ? grid.qmax - grid.qmin
      : quantizeValue(value, params, grid, rounding) - emulated[i];
    differences.signal += (emulated[i] - params.zeroPoint) ** 2;
    if (step === 0) continue;
    differences.differing++;
    differences.noise += step ** 2;
    differences.largestStep = Math.max(differences.largestStep, Math.abs(step));
  }
  differences.codes += emulated.length;
}

/** The codes of real values; one that is no number has none. */
export function codesOf(values: ArrayLike<number>, { params, grid, rounding }: TensorGrid): Int32Array {
  return Int32Array.from(values, (value) => quantizeValue(value, params, grid, rounding));
}
