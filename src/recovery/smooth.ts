import type { LoadedModel } from '../runtime/load-model.ts';
import { type Rewritten, replaceConstant, rewrite, rewrittenModel } from './rewritten.ts';
import { type Smoothable, smoothables } from './smoothables.ts';
import { channelMagnitudes, kernelMagnitudes, scaledWeight, unitFactors } from './weight-matrix.ts';

/** No factor leaves these: beyond them it says more of a channel that is all but dead than of the ranges. */
const [LEAST, MOST] = [1e-4, 1e4];

/**
 * Tensors whose largest magnitudes `smoothed` needs: what normalizations make and only layers read.
 *
 * @param pinned tensors and constants that must stay as they are
 */
export function smoothable(model: LoadedModel, pinned: ReadonlySet<string> = new Set()): readonly string[] {
  return smoothables(model, pinned).map(({ tensor }) => tensor);
}

/**
 * SmoothQuant (Xiao et al., arXiv 2211.10438, §4): each channel j of what a LayerNormalization makes is divided by
 * s_j = max|X_j|^α / max|W_j|^(1−α) in its scale and bias, and multiplied by it in the rows of the weights of all layers
 * that read it. Where X or W is 0 in a channel, s is 1.
 *
 * @param magnitudes max|X_j| for each channel of the last axis, by tensor; a tensor that is not there is left alone
 * @param alpha how much of the difficulty moves from the activations to the weights, 0 to 1
 * @returns undefined where there is nothing to smooth
 */
export function smoothed(
  model: LoadedModel,
  magnitudes: ReadonlyMap<string, Float32Array>,
  alpha = 0.5,
): Rewritten | undefined {
  const rewriting = rewrite(model);
  const changed = new Set<string>();
  for (const place of smoothables(model, new Set())) {
    const largest = magnitudes.get(place.tensor);
    const s = largest && smoothingFactors(place, largest, alpha);
    if (s === undefined || s.every((factor) => factor === 1)) continue;
    for (const { use, dims, data } of place.constants) {
      const divided = data.map((value, i) => value / s[i % s.length]);
      changed.add(replaceConstant(rewriting, use, { type: 'float32', dims, data: divided }));
    }
    for (const { matrix, weight } of place.readers) {
      const data = scaledWeight(matrix, { ...unitFactors(matrix), inputs: s });
      replaceConstant(rewriting, weight, { type: 'float32', dims: matrix.dims, data });
    }
    for (const name of place.tensors) changed.add(name);
  }
  return changed.size === 0 ? undefined : { model: rewrittenModel(rewriting), changed, tied: [] };
}

function smoothingFactors({ readers }: Smoothable, largest: Float32Array, alpha: number): Float64Array {
  const weights = readers.map(({ matrix }) =>
    channelMagnitudes(matrix, kernelMagnitudes(matrix), unitFactors(matrix), 'inputs'),
  );
  return Float64Array.from(largest, (x, j) => {
    const w = Math.max(...weights.map((each) => each[j]));
    if (!(x > 0 && x < Infinity && w > 0 && w < Infinity)) return 1;
    return Math.min(Math.max(x ** alpha / w ** (1 - alpha), LEAST), MOST);
  });
}
