/** The number of fewest digits that is the same float32 as `x`: what a person pastes and a chip's file keeps. */
export function shortFloat32(x: number): number {
  const exact = Math.fround(x);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === exact) return short;
  }
  return Number(x.toPrecision(9));
}
