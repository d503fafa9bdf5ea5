import type { Batch } from '../../data/batch.ts';
import type { Impact } from '../attribution.ts';
import { impactOf, type SamplePowers } from './output-noise.ts';
import type { Batches } from './switched-session.ts';

/** Samples on which all are measured before any is left behind; doubled from round to round. */
export const FIRST_SAMPLES = 2;

/** So many are measured on all probes, however many there are: the lists of a report are shorter, and so is what is re-ordered. */
const LEADERS = 16;

/** The batches of each round: the first has 2 samples or more, and each one doubles what was measured before it. */
export function roundsOf(probes: readonly Batch[]): Batches[] {
  const rounds: Batches[] = [];
  let first = 0;
  let samples = 0;
  let wanted = FIRST_SAMPLES;
  for (const [index, { indices }] of probes.entries()) {
    samples += indices.length;
    if (samples < wanted && index < probes.length - 1) continue;
    rounds.push([first, index + 1]);
    first = index + 1;
    wanted = 2 * samples;
  }
  return rounds;
}

/**
 * Measures units by successive halving: all on the first round of probes, the costlier half of them on the next, and so on;
 * 16 are measured on all probes. What costs little is told from what costs much by two samples; which of those costs the
 * most takes more.
 *
 * @param names in the order of the graph, which decides between equals
 * @param measure gives what each of some units does, in their order
 * @returns by falling cost: those that were measured longer come first
 */
export async function measureInRounds(
  names: readonly string[],
  rounds: readonly Batches[],
  measure: (names: readonly string[], batches: Batches) => AsyncIterable<readonly SamplePowers[]>,
): Promise<Map<string, Impact>> {
  const measured = new Map<string, SamplePowers[]>(names.map((name) => [name, []]));
  const impacts = new Map<string, Impact>();
  const position = new Map(names.map((name, i) => [name, i]));
  let order = [...names];
  let left = order.length;
  for (const round of rounds) {
    const among = order.slice(0, left);
    // In the order of the graph, so that a session for a part of it is asked for once.
    const inOrder = among.toSorted((a, b) => position.get(a)! - position.get(b)!);
    let next = 0;
    for await (const powers of measure(inOrder, round)) {
      const name = inOrder[next++];
      const samples = measured.get(name)!;
      samples.push(...powers);
      impacts.set(name, impactOf(samples));
    }
    among.sort(
      (a, b) => compare(impacts.get(b)!.nsr, impacts.get(a)!.nsr) || position.get(a)! - position.get(b)!,
    );
    order = [...among, ...order.slice(left)];
    left = Math.max(Math.min(left, LEADERS), Math.ceil(left / 2));
  }
  return new Map(order.map((name) => [name, impacts.get(name)!]));
}

/** Infinity minus Infinity is no order. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
