/** Rows of the matrix that are multiplied while they are in the processor's cache. */
const BAND = 32;

/** left · matrix: [rows, depth] by [depth, depth], both row-major. */
export function timesMatrix(
  left: Float64Array,
  matrix: Float64Array,
  rows: number,
  depth: number,
): Float64Array {
  const product = new Float64Array(rows * depth);
  for (let top = 0; top < depth; top += BAND) {
    const end = Math.min(top + BAND, depth);
    for (let r = 0; r < rows; r++) addBand(product, left, matrix, r * depth, depth, top, end);
  }
  return product;
}

/** Add to one row of the product what the rows `top` to `end` − 1 of the matrix give, four at a time. */
function addBand(
  product: Float64Array,
  left: Float64Array,
  matrix: Float64Array,
  row: number,
  depth: number,
  top: number,
  end: number,
): void {
  let i = top;
  for (; i + 3 < end; i += 4) {
    const x0 = left[row + i];
    const x1 = left[row + i + 1];
    const x2 = left[row + i + 2];
    const x3 = left[row + i + 3];
    const m0 = i * depth;
    const m1 = m0 + depth;
    const m2 = m1 + depth;
    const m3 = m2 + depth;
    for (let j = 0; j < depth; j++) {
      product[row + j] +=
        x0 * matrix[m0 + j] + x1 * matrix[m1 + j] + x2 * matrix[m2 + j] + x3 * matrix[m3 + j];
    }
  }
  for (; i < end; i++) {
    const x = left[row + i];
    for (let j = 0, m = i * depth; j < depth; j++) product[row + j] += x * matrix[m + j];
  }
}

/** The scalar product of each row of `a` with that of `b`, both [rows, depth]. */
export function rowDot(a: Float64Array, b: Float64Array, rows: number, depth: number): Float64Array {
  const sums = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = r * depth; i < (r + 1) * depth; i++) sum += a[i] * b[i];
    sums[r] = sum;
  }
  return sums;
}
