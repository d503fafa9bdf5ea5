import type { Attribution } from '../attribution.ts';
import type { NoiseProducts } from './noise-products.ts';

/** From this Σ alone / full on, units interact: re-ordering pays (measured on six of 27 model-scheme pairs). */
const INTERACTING = 2;
/** Errors of weights of so few bits are not additive, whatever their sum. */
const INTERACTING_WEIGHT_BITS = 4;
/**
 * Units that are re-ordered. Of 16 and more, the errors of their noise hide what it has in common: 12 leave the least noise
 * (ten pairs of models and schemes).
 */
const SHORTLIST = 12;

/**
 * From this output NSR on, half of the power of the outputs is noise: the cosine between quantized and FP32 outputs
 * is below 1 / √1.5 = .82, and the greatest of several outputs is as good as drawn.
 */
const DESTROYED_NSR = 0.5;

export interface Ranking {
  /** Names of units; the first one costs the most. */
  readonly order: readonly string[];
  readonly ranking: Attribution['ranking'];
}

/** Units as they were measured alone. */
export interface Alone {
  /** Their names by falling cost. */
  readonly names: readonly string[];
  /** Σ of their costs / cost of all of them together. */
  readonly additivity: number;
  /** Of the narrowest weights. */
  readonly weightBits: number;
}

/**
 * Orders units by what they cost. Where errors add, by the NSR of each alone. Where they do not (Σ alone / full of 2
 * and more, weights of 4 bits and fewer), the first twelve are ordered greedily: the next is the one whose return to
 * floating point leaves the least output noise, all before it having returned and all others still quantized. How much that
 * is, is told from how the noise of each adds up with that of others, which takes 13 runs. Measuring the best of four at every
 * step takes 41; what that leaves on other samples is .43 to 1.15 times as much here, .98 times in the median (eleven pairs).
 *
 * @param productsOf how the noise of some units adds up beside all others; undefined where that cannot be told
 */
export async function rankUnits(
  { names, additivity, weightBits }: Alone,
  productsOf: (units: readonly string[]) => Promise<NoiseProducts | undefined>,
): Promise<Ranking> {
  const alone: Ranking = { order: names, ranking: 'alone' };
  if (!(additivity >= INTERACTING) && weightBits > INTERACTING_WEIGHT_BITS) return alone;
  const shortlist = names.slice(0, SHORTLIST);
  if (shortlist.length < 2) return alone;
  const products = await productsOf(shortlist);
  if (products === undefined) return alone;
  const places = shortlist.map((_, i) => i + 1);
  const greedy = greedily(places, products);
  if (!(leftBy(greedy, products) < leftBy(places, products))) return alone;
  const order = [...greedy.map((place) => shortlist[place - 1]), ...names.slice(SHORTLIST)];
  return { order, ranking: 'greedy' };
}

/** Units, by their place in the products, in the order of their return. */
function greedily(places: readonly number[], products: NoiseProducts): number[] {
  const on = [...places];
  const order: number[] = [];
  while (on.length > 0) {
    const left = on.map((place) => noiseOf(without(on, place), products));
    const [next] = on.splice(left.indexOf(Math.min(...left)), 1);
    order.push(next);
  }
  return order;
}

/** Output NSR that is left after each return, summed. */
function leftBy(order: readonly number[], products: NoiseProducts): number {
  return order.reduce((sum, _, i) => sum + noiseOf(order.slice(i + 1), products), 0);
}

/** Output NSR with these units on, beside all that never return. */
function noiseOf(on: readonly number[], products: NoiseProducts): number {
  const all = [0, ...on];
  return all.reduce((sum, a) => all.reduce((row, b) => row + products[a][b], sum), 0);
}

function without(places: readonly number[], place: number): number[] {
  return places.filter((other) => other !== place);
}

/** Whether outputs of this NSR have little to do with FP32's: no top ten explains that. */
export function isDestroyed(fullNsr: number): boolean {
  return fullNsr >= DESTROYED_NSR;
}
