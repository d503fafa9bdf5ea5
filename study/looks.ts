import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { FIRST_LOOK, nextLook } from '../src/evaluation/looked.ts';
import { klMetric } from '../src/metrics/kl-divergence.ts';
import { mae } from '../src/metrics/mae.ts';
import type { Metric } from '../src/metrics/metric.ts';
import { top1 } from '../src/metrics/top1.ts';
import { compare } from '../src/verdict/comparison.ts';
import { judge } from '../src/verdict/verdict.ts';

/** Scores of one sample, drawn with uniform numbers of [0, 1). */
type Draw = (uniform: () => number) => readonly [fp32: number, quantized: number];

/** A metric with samples that are drawn, whose drop is known. */
export interface Kind {
  readonly name: string;
  readonly metric: Metric;
  readonly drop: number;
  readonly draw: Draw;
}

/** Samples that are right or wrong, and the shares of them that quantization loses and gains. */
export const flips = (lost: number, gained: number): Kind => ({
  name: `0/1 scores, ${100 * lost} % lost, ${100 * gained} % gained`,
  metric: top1,
  drop: lost - gained,
  draw: (uniform) => {
    const u = uniform();
    if (u < lost) return [1, 0];
    if (u < lost + gained) return [0, 1];
    return uniform() < 0.8 ? [1, 1] : [0, 0];
  },
});

const normal = (uniform: () => number) =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** What every metric that is a mean over samples may give: scores of 0 and 1, shares, and values without bounds. */
export const kinds: readonly Kind[] = [
  flips(0.004, 0.004),
  flips(0.03, 0.01),
  flips(0.15, 0.1),
  flips(0.7, 0.02),
  {
    name: 'shares of 1 (overlap)',
    metric: { ...top1, name: 'overlap' },
    drop: 0.025,
    draw: (uniform) => {
      const fp32 = (10 + Math.floor(9 * uniform())) / 20;
      return [fp32, fp32 - (Math.floor(4 * uniform()) - 1) / 20];
    },
  },
  {
    name: 'errors, normal differences',
    metric: mae,
    drop: 0.1,
    draw: (uniform) => [2 + normal(uniform) / 4, 2.1 + normal(uniform) / 4],
  },
  {
    name: 'errors, exponential differences',
    metric: mae,
    drop: 1,
    draw: (uniform) => [2, 2 - Math.log(1 - uniform())],
  },
  {
    name: 'divergences, lognormal',
    metric: klMetric,
    drop: Math.exp(0.5),
    draw: (uniform) => [0, Math.exp(normal(uniform))],
  },
  {
    name: 'divergences, 5 % of samples make all',
    metric: klMetric,
    drop: 0.05,
    draw: (uniform) => [0, uniform() < 0.05 ? -Math.log(1 - uniform()) : 0],
  },
];

/** How often intervals held the true drop. */
export interface Held {
  /** At all early looks of a run together, where they mean anything. */
  readonly early: number;
  /** Of runs that stop where the verdict is sure, or at the end: the interval that is reported. */
  readonly reported: number;
  /** Runs that stopped early. */
  readonly stopped: number;
}

/**
 * Simulates evaluations of `samples` samples.
 *
 * @param budget the allowed drop; equal to the true one where a wrong verdict is likeliest
 * @param isWhole whether what is not stopped is judged at its end, which takes a bootstrap for scores that are not 0 and 1
 */
export function simulate(
  { metric, drop, draw }: Kind,
  { runs, samples, budget = drop, seed = 7, isWhole = true }: Simulation,
): Held {
  const random = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(random);
  const confidence = 0.95;
  let [early, reported, stopped] = [0, 0, 0];
  const holds = ([low, high]: readonly [number, number]) => low <= drop && drop <= high;
  for (let run = 0; run < runs; run++) {
    const pairs = Array.from({ length: samples }, () => draw(uniform));
    const [fp32, int8] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
    let isHeld = true;
    let atStop: boolean | undefined;
    for (let n = FIRST_LOOK; n < samples; n = nextLook(n)) {
      const [before, after] = [fp32.slice(0, n), int8.slice(0, n)];
      const seen = compare(metric, before, after, confidence, 'early');
      if (n < seen.fewest) continue;
      isHeld &&= holds(seen.interval);
      if (seen.interval[1] <= budget || seen.interval[0] > budget) atStop ??= holds(seen.interval);
    }
    if (isHeld) early++;
    if (atStop !== undefined) stopped++;
    if (atStop ?? (isWhole && holds(compare(metric, fp32, int8, confidence, 'last').interval))) reported++;
  }
  return { early: early / runs, reported: reported / runs, stopped: stopped / runs };
}

export interface Simulation {
  readonly runs: number;
  readonly samples: number;
  readonly budget?: number;
  readonly seed?: number;
  readonly isWhole?: boolean;
}

/** Samples at which runs stop, of as many as they like: the half that stops soonest, and nine in ten. */
export function samplesNeeded({ metric, draw }: Kind, maxDrop: number, runs: number, most = 20_000) {
  const random = xoroshiro128plus(7);
  const uniform = () => uniformFloat64(random);
  const stops = Array.from({ length: runs }, () => {
    const fp32: number[] = [];
    const int8: number[] = [];
    for (let n = FIRST_LOOK; n <= most; n = nextLook(n)) {
      while (fp32.length < n) {
        const [before, after] = draw(uniform);
        fp32.push(before);
        int8.push(after);
      }
      const budget = { maxDrop: { kind: 'plain', value: maxDrop }, confidence: 0.95 } as const;
      const { verdict } = judge({ metric, fp32Scores: fp32, quantizedScores: int8, budget, looks: 'early' });
      if (verdict !== 'inconclusive') return n;
    }
    return Infinity;
  }).sort((a, b) => a - b);
  return { half: stops[Math.floor(runs / 2)], nineInTen: stops[Math.floor(0.9 * runs)] };
}
