import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createHistogram, type Histogram, observe } from '../../../src/numerics/histogram.ts';

/** A source of random numbers with the densities that activations resemble. */
export function randomSource(seed: number) {
  const generator = xoroshiro128plus(seed);
  const uniform = () => 1 - uniformFloat32(generator);
  const gauss = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const laplace = () => (uniform() < 0.5 ? 1 : -1) * Math.log(uniform());
  const t3 = () => gauss() / Math.sqrt((gauss() ** 2 + gauss() ** 2 + gauss() ** 2) / 3);
  return { uniform, gauss, laplace, t3 };
}

export type Source = ReturnType<typeof randomSource>;

/** `length` values of `draw`, the same every time. */
export function sample(length: number, draw: (source: Source, index: number) => number): Float32Array {
  const source = randomSource(20);
  return Float32Array.from({ length }, (_, i) => draw(source, i));
}

export function extremes(data: Float32Array): { min: number; max: number } {
  let [min, max] = [Infinity, -Infinity];
  for (const x of data) [min, max] = [Math.min(min, x), Math.max(max, x)];
  return { min, max };
}

/** Observe all of `data` as one slice. */
export function observeAll(h: Histogram, data: Float32Array): boolean {
  const { min, max } = extremes(data);
  return observe(h, data, min, max);
}

/** All that a histogram holds, its counts as one string: thousands of numbers are slow to compare one by one. */
export function contentsOf(h: Histogram) {
  return { ...h, counts: Buffer.from(h.counts.buffer).toString('base64') };
}

export function histogramOf(data: Float32Array): Histogram {
  const h = createHistogram();
  observeAll(h, data);
  return h;
}
