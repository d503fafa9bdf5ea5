/** log Σ exp(x) over `values[start, start + count)`, shifted by the maximum so that it cannot overflow. */
export function logSumExp(values: ArrayLike<number>, start: number, count: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + count; i++) highest = Math.max(highest, values[i]);
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += Math.exp(values[i] - highest);
  return highest + Math.log(sum);
}
