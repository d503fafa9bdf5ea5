/** 0/1 scores of n samples, all right in FP32 but the gained ones; the flips come first. */
export function binaryScores(
  n: number,
  lost: number,
  gained: number,
): { fp32Scores: number[]; quantizedScores: number[] } {
  const indices = Array.from({ length: n }, (_, i) => i);
  return {
    fp32Scores: indices.map((i) => (i >= lost && i < lost + gained ? 0 : 1)),
    quantizedScores: indices.map((i) => (i < lost ? 0 : 1)),
  };
}
