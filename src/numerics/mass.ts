import { BINS, ZERO_BIN } from './bins.ts';
import { binWidth, type Histogram } from './histogram.ts';

/**
 * Where the values of a histogram are taken to lie, in bin widths: zeros at zero, the others spread evenly over
 * their bins, but for the extremes, which are known exactly. One value lies there for certain; so does all by which
 * an outermost bin exceeds its neighbour, for that is what saturation (ReLU6, sigmoid, softmax) looks like.
 */
export interface Mass {
  /** Bin width in the unit of the data. */
  readonly width: number;
  readonly total: number;
  /** spread[i] values lie evenly in [i − 4096, i − 4095). */
  readonly spread: Float64Array;
  /** First and last bin that `spread` can have values in. */
  readonly first: number;
  readonly last: number;
  readonly least: Point;
  readonly greatest: Point;
}

/** `count` values at `x`. */
export interface Point {
  readonly x: number;
  readonly count: number;
}

export function massOf(h: Histogram): Mass {
  const width = binWidth(h);
  const spread = h.counts.slice();
  spread[ZERO_BIN] -= h.zeros;
  const [min, max] = h.total === 0 ? [0, 0] : [h.min / width, h.max / width];
  const first = Math.floor(min) + ZERO_BIN;
  const last = Math.floor(max) + ZERO_BIN;
  let atLeast = min === 0 ? 0 : Math.max(1, spread[first] - (spread[first + 1] ?? 0));
  let atGreatest = max === 0 ? 0 : Math.max(1, spread[last] - (spread[last - 1] ?? 0));
  if (first === last) {
    atLeast = min === max ? 0 : Math.floor(spread[first] / 2);
    atGreatest = spread[first] - atLeast;
  }
  spread[first] -= atLeast;
  spread[last] -= atGreatest;
  return {
    width,
    total: h.total,
    spread,
    first: Math.max(first, 0),
    last: Math.min(last, BINS - 1),
    least: { x: min, count: atLeast },
    greatest: { x: max, count: atGreatest },
  };
}

/** Mean square of the values, in the unit of the data squared. */
export function meanSquare(mass: Mass): number {
  if (mass.total === 0) return 0;
  let sum = mass.least.count * mass.least.x ** 2 + mass.greatest.count * mass.greatest.x ** 2;
  for (let bin = mass.first; bin <= mass.last; bin++) {
    sum += mass.spread[bin] * ((bin - ZERO_BIN + 0.5) ** 2 + 1 / 12);
  }
  return (sum / mass.total) * mass.width ** 2;
}
