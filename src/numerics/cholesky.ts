/**
 * Cholesky factors of symmetric matrices, float64, [n, n] row-major. A matrix that is not positive definite has no
 * factor: the functions give undefined then, for it is the caller who knows whose numbers these are and what would
 * mend them. NaN counts as not positive definite.
 */

/**
 * The lower factor L of a = L Lᵀ, written over `a`; above its diagonal are zeros. Reads the lower half of `a` only.
 * Takes n³/3 operations; where it gives undefined, `a` is left half done.
 */
export function choleskyFactor(a: Float64Array, n: number): Float64Array | undefined {
  for (let top = 0; top < n; top += ROWS) {
    const whole = top + ROWS <= n;
    if (whole) leftOfBlock(a, n, top);
    for (let i = top; i < Math.min(top + ROWS, n); i++) {
      if (!finishRow(a, n, i, whole ? top : 0)) return undefined;
    }
  }
  return a;
}

/** The upper factor R of a = R Rᵀ, written over `a` as by `choleskyFactor`; reads the upper half of `a` only. */
export function upperFactor(a: Float64Array, n: number): Float64Array | undefined {
  // Reversing the order of rows and columns is reversing the array, and turns lower into upper.
  return choleskyFactor(a.reverse(), n)?.reverse();
}

/** Rows that are worked on at once: each entry that is read serves all of them. */
const ROWS = 4;

/** Columns 0 to top − 1 of the `ROWS` rows from `top` on. */
function leftOfBlock(a: Float64Array, n: number, top: number): void {
  const r0 = top * n;
  const r1 = r0 + n;
  const r2 = r1 + n;
  const r3 = r2 + n;
  for (let j = 0; j < top; j++) {
    const row = j * n;
    let s0 = a[r0 + j];
    let s1 = a[r1 + j];
    let s2 = a[r2 + j];
    let s3 = a[r3 + j];
    for (let k = 0; k < j; k++) {
      const x = a[row + k];
      s0 -= x * a[r0 + k];
      s1 -= x * a[r1 + k];
      s2 -= x * a[r2 + k];
      s3 -= x * a[r3 + k];
    }
    const scale = 1 / a[row + j];
    a[r0 + j] = s0 * scale;
    a[r1 + j] = s1 * scale;
    a[r2 + j] = s2 * scale;
    a[r3 + j] = s3 * scale;
  }
}

/** Row `i` from column `from` to its end; false where the diagonal has no root. */
function finishRow(a: Float64Array, n: number, i: number, from: number): boolean {
  const row = i * n;
  for (let j = from; j <= i; j++) {
    const other = j * n;
    let sum = a[row + j];
    for (let k = 0; k < j; k++) sum -= a[row + k] * a[other + k];
    if (j < i) {
      a[row + j] = sum / a[other + j];
    } else {
      if (!(sum > 0 && sum < Infinity)) return false;
      a[row + i] = Math.sqrt(sum);
    }
  }
  a.fill(0, row + i + 1, row + n);
  return true;
}
