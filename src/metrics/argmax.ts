/**
 * Index of the largest of `count` values from `start` on, counted from there, the lowest index among equals (as
 * numpy.argmax).
 */
export function argmaxOf(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  let largest = values[start];
  for (let i = 1; i < count; i++) {
    const value = values[start + i];
    if (value > largest) {
      largest = value;
      best = i;
    }
  }
  return best;
}

/** That of all values. */
export function argmax(values: ArrayLike<number>): number {
  return argmaxOf(values, 0, values.length);
}
