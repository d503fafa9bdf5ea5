import { coordinateDescent } from './coordinate-descent.ts';
import { betterRows, type RowProblem, seenPower, wantedProducts } from './row-problem.ts';
import { timesMatrix } from './row-products.ts';

/** ζ and γ: the sigmoid is stretched to them and clipped to 0 … 1, so that it gets to both ends. */
const ZETA = 1.1;
const GAMMA = -0.1;
const STRETCH = ZETA - GAMMA;

/** h of a weight that starts on a code: the slope of a clipped one is 0, and it would never leave. */
const EDGE = 0.01;

/** λ, of the noise that a whole step of the weight makes alone. */
const LAMBDA = 0.3;
const [FIRST_BETA, LAST_BETA] = [20, 2];

/** Share of the steps that are made without λ. */
const WARM_UP = 0.2;

/** Into which h is cut where the slope of λ's part is looked up. */
const INTERVALS = 4096;

/** Adam's, as in its paper (arXiv 1412.6980), but for the rate. */
const RATE = 0.01;
const [DECAY, SQUARE_DECAY, EPSILON] = [0.9, 0.999, 1e-8];

/** From here on more steps were seen to gain nothing. */
const MOST_STEPS = 500;
const LEAST_STEPS = 100;
/** Steps times weights. */
const MOST_UPDATES = 3e7;

export interface AdaroundOptions {
  /** Codes in the grid, [rows, depth]. */
  readonly start: Int32Array;
  /** values · H, both [rows, depth] and float32. */
  readonly multiply: (values: Float32Array) => Promise<Float32Array>;
  /** Of Adam. 500 if left out, fewer for more than 60,000 weights and 100 at least. */
  readonly steps?: number;
}

/**
 * AdaRound (arXiv 2004.10568): codes [rows, depth], learned between two neighbours for each weight, which are the code
 * of `start` and the next one on the side of the FP32 weight. Minimised by Adam over V is, with
 * ŵ = (lower + h(V) − z)·s and h(V) = clip(σ(V)(ζ − γ) + γ, 0, 1), the sum over rows of
 *
 *     L(ŵ) + Σ_j λ s² H_jj (1 − |2h(V_j) − 1|^β),
 *
 * its last part after a warm-up only, β falling from 20 to 2 along half a cosine. h starts where ŵ is w. The unit of λ,
 * s² H_jj, is what differs from the paper: it makes λ mean the same for layers, rows and inputs of any power.
 *
 * Coordinate descent ends it, for which the two neighbours are no bounds. The noise of no row is greater than that of
 * `start`. Inputs that are not seen keep its codes. The same problem always gets the same codes if `multiply` gives the
 * same products.
 */
export async function adaround(
  problem: RowProblem,
  { start, multiply, steps = stepsFor(problem) }: AdaroundOptions,
): Promise<Int32Array> {
  const relaxed = relaxedFrom(problem, start);
  const adam = { first: new Float64Array(start.length), second: new Float64Array(start.length) };
  for (let step = 0; step < steps; step++) {
    const shares = relaxed.v.map(shareOf);
    const pull = await multiply(errorsOf(problem, relaxed, shares));
    descend(adam, relaxed, {
      slopes: slopesOf(problem, relaxed, { shares, pull, done: step / steps }),
      step,
    });
  }
  const learned = relaxed.lower.map((code, i) => code + (relaxed.v[i] < 0 ? 0 : 1));
  return betterRows(problem, start, coordinateDescent(problem, learned));
}

function stepsFor({ weights }: RowProblem): number {
  return Math.min(Math.max(Math.round(MOST_UPDATES / weights.length), LEAST_STEPS), MOST_STEPS);
}

/** β at a share of all steps. */
function betaAt(done: number): number {
  const cosine = Math.cos((Math.PI * (done - WARM_UP)) / (1 - WARM_UP));
  return LAST_BETA + ((FIRST_BETA - LAST_BETA) * (1 + cosine)) / 2;
}

/** The slope of −λ |2h − 1|^β by h, at each of the intervals of h: powers would take most of the time. */
function decisionSlopes(done: number): Float64Array {
  const slopes = new Float64Array(INTERVALS + 1);
  if (done < WARM_UP) return slopes;
  const beta = betaAt(done);
  return slopes.map((_, i) => {
    const x = (2 * i) / INTERVALS - 1;
    return -2 * LAMBDA * beta * Math.sign(x) * Math.abs(x) ** (beta - 1);
  });
}

/** All but `power` is [rows, depth]. */
interface Relaxed {
  /** The lower of the two codes of each weight. */
  readonly lower: Int32Array;
  /** V; changed in place. */
  readonly v: Float64Array;
  /** ŵ − w where h is 0. */
  readonly offset: Float64Array;
  /** w (H − K): what the slope of L has but for (ŵ − w) H, halved. */
  readonly drift: Float64Array;
  /** H_jj, and 0 for inputs that are not seen, [depth]. */
  readonly power: Float64Array;
}

function relaxedFrom(problem: RowProblem, start: Int32Array): Relaxed {
  const { weights, h, rows, depth, params, onto } = problem;
  const { qmin, qmax } = onto.grid;
  const power = seenPower(problem);
  const lower = new Int32Array(start.length);
  const v = new Float64Array(start.length);
  const offset = new Float64Array(start.length);
  for (let r = 0, i = 0; r < rows; r++) {
    const { scale, zeroPoint } = params[r];
    for (let j = 0; j < depth; j++, i++) {
      const exact = weights[i] / scale + zeroPoint;
      lower[i] = Math.min(Math.max(start[i] > exact ? start[i] - 1 : start[i], qmin), qmax - 1);
      v[i] = logitOf((power[j] > 0 ? exact : start[i]) - lower[i]);
      offset[i] = (lower[i] - zeroPoint) * scale - weights[i];
    }
  }
  const wanted = wantedProducts(problem);
  const drift = timesMatrix(weights, h, rows, depth).map((x, i) => x - wanted[i]);
  return { lower, v, offset, drift, power };
}

/** h(V). */
function shareOf(v: number): number {
  return Math.min(Math.max(STRETCH / (1 + Math.exp(-v)) + GAMMA, 0), 1);
}

/** V of an h, which is kept off the ends. */
function logitOf(share: number): number {
  const kept = Math.min(Math.max(share, EDGE), 1 - EDGE);
  return Math.log((kept - GAMMA) / (ZETA - kept));
}

/** ŵ − w. It is small beside ŵ, which float32 would cut off. */
function errorsOf(
  { rows, depth, params }: RowProblem,
  { offset }: Relaxed,
  shares: Float64Array,
): Float32Array {
  const errors = new Float32Array(shares.length);
  for (let r = 0, i = 0; r < rows; r++) {
    const { scale } = params[r];
    for (let j = 0; j < depth; j++, i++) errors[i] = offset[i] + shares[i] * scale;
  }
  return errors;
}

/** The slopes by V, each in units of s² H_jj: Adam's ε then means the same for all. 0 for inputs that are not seen. */
function slopesOf(
  { rows, depth, params }: RowProblem,
  { drift, power }: Relaxed,
  {
    shares,
    pull,
    done,
  }: { readonly shares: Float64Array; readonly pull: Float32Array; readonly done: number },
): Float64Array {
  const slopes = new Float64Array(shares.length);
  const decision = decisionSlopes(done);
  for (let r = 0, i = 0; r < rows; r++) {
    const { scale } = params[r];
    for (let j = 0; j < depth; j++, i++) {
      const share = shares[i];
      if (share === 0 || share === 1 || power[j] === 0) continue;
      const ofNoise = (2 * (pull[i] + drift[i])) / (scale * power[j]);
      const ofShare = ((share - GAMMA) * (ZETA - share)) / STRETCH;
      slopes[i] = (ofNoise + decision[Math.round(share * INTERVALS)]) * ofShare;
    }
  }
  return slopes;
}

/** A step of Adam. */
function descend(
  { first, second }: { readonly first: Float64Array; readonly second: Float64Array },
  { v }: Relaxed,
  { slopes, step }: { readonly slopes: Float64Array; readonly step: number },
): void {
  const rate = RATE / (1 - DECAY ** (step + 1));
  const unbiased = 1 / (1 - SQUARE_DECAY ** (step + 1));
  for (let i = 0; i < v.length; i++) {
    const slope = slopes[i];
    first[i] = DECAY * first[i] + (1 - DECAY) * slope;
    second[i] = SQUARE_DECAY * second[i] + (1 - SQUARE_DECAY) * slope * slope;
    v[i] -= (rate * first[i]) / (Math.sqrt(second[i] * unbiased) + EPSILON);
  }
}
