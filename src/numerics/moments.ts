import { BINS, ZERO_BIN } from './bins.ts';
import { binWidth, type Histogram } from './histogram.ts';

export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** E|x − mean|. */
  readonly meanAbsoluteDeviation: number;
  readonly standardDeviation: number;
  /** sqrt(E[x²]). */
  readonly rootMeanSquare: number;
}

/**
 * Moments of all values, taken at the centres of their bins (zeros at zero). A value is off by w/2 at most, which
 * is 1/4096 of the largest magnitude or less, and so is the mean; a shared bias of w²/12 is left in the squares.
 * They come from integer counts in a fixed order, hence are the same bit for bit however the data were sharded.
 */
export function moments(h: Histogram): Moments {
  return momentsFrom(h, 0, h.zeros);
}

/** Moments of the values above zero. */
export function positiveMoments(h: Histogram): Moments {
  return momentsFrom(h, ZERO_BIN, 0);
}

function momentsFrom(h: Histogram, first: number, zeros: number): Moments {
  let count = zeros;
  let sum = 0;
  let squares = 0;
  eachCentre(h, first, (x, n) => {
    count += n;
    sum += n * x;
    squares += n * x * x;
  });
  if (count === 0) {
    return { count, mean: 0, meanAbsoluteDeviation: 0, standardDeviation: 0, rootMeanSquare: 0 };
  }
  const mean = sum / count;
  let absolute = zeros * Math.abs(mean);
  let centred = zeros * mean * mean;
  eachCentre(h, first, (x, n) => {
    absolute += n * Math.abs(x - mean);
    centred += n * (x - mean) ** 2;
  });
  const w = binWidth(h);
  return {
    count,
    mean: mean * w,
    meanAbsoluteDeviation: (absolute / count) * w,
    standardDeviation: Math.sqrt(centred / count) * w,
    rootMeanSquare: Math.sqrt(squares / count) * w,
  };
}

/** Centres of the bins from `first` on, in bin widths, with the values that are not zero. */
function eachCentre(h: Histogram, first: number, visit: (x: number, n: number) => void): void {
  for (let bin = first; bin < BINS; bin++) {
    const n = bin === ZERO_BIN ? h.counts[bin] - h.zeros : h.counts[bin];
    if (n > 0) visit(bin - ZERO_BIN + 0.5, n);
  }
}
