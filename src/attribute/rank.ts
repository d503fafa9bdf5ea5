import type { Attribution, Impact } from './attribution.ts';

/** From this Σ alone / full on, units interact: greedy re-ranking pays (measured on six of 27 model-scheme pairs). */
const INTERACTING = 2;
/** Errors of weights of so few bits are not additive, whatever their sum. */
const INTERACTING_WEIGHT_BITS = 4;
/** Units that greedy re-ranking orders; it takes about half the square of this in runs. */
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

/** How sets of units are measured. */
export interface SetMeasure {
  /** Told how many measurements follow. */
  expect(runs: number): void;
  /** Output NSR with exactly these units quantized. */
  nsrOf(on: ReadonlySet<string>): Promise<number>;
}

/**
 * Orders units by what they cost. Where errors add, by the NSR of each alone. Where they interact (Σ alone / full of
 * 2 and more, weights of 4 bits and fewer), the first twelve are ordered greedily: the next is the one whose return to
 * floating point lowers the output NSR of the otherwise quantized model most, all before it having returned.
 *
 * @param alone in the order of the graph, which decides between equals
 * @param all every unit that the fully quantized model has
 */
export async function rankUnits(
  alone: ReadonlyMap<string, Impact>,
  all: ReadonlySet<string>,
  additivity: number,
  weightBits: number,
  sets: SetMeasure,
): Promise<Ranking> {
  const order = [...alone].toSorted(([, a], [, b]) => compare(b.nsr, a.nsr)).map(([name]) => name);
  if (!(additivity >= INTERACTING) && weightBits > INTERACTING_WEIGHT_BITS)
    return { order, ranking: 'alone' };
  const shortlist = order.slice(0, SHORTLIST);
  const others = order.slice(SHORTLIST);
  // The last one that is left needs no run.
  sets.expect((shortlist.length * (shortlist.length + 1)) / 2 - Math.min(shortlist.length, 1));
  const on = new Set(all);
  const returned: string[] = [];
  while (shortlist.length > 1) {
    let best = { index: 0, nsr: Infinity };
    for (const [index, name] of shortlist.entries()) {
      const nsr = await sets.nsrOf(new Set([...on].filter((unit) => unit !== name)));
      if (nsr < best.nsr) best = { index, nsr };
    }
    const [name] = shortlist.splice(best.index, 1);
    on.delete(name);
    returned.push(name);
  }
  return { order: [...returned, ...shortlist, ...others], ranking: 'greedy' };
}

/** Whether outputs of this NSR have little to do with FP32's: no top ten explains that. */
export function isDestroyed(fullNsr: number): boolean {
  return fullNsr >= DESTROYED_NSR;
}

/** Infinity minus Infinity is no order. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
