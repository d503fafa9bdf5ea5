import type { Evaluation } from '../evaluation/evaluation.ts';
import type { Reference } from '../metrics/metric.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { weightBytes } from '../runtime/open-model.ts';
import type { Contestant } from './evaluate.ts';
import { emulationOf } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { booked } from './progress.ts';
import { evaluateChanges, type IsRefused } from './refused-early.ts';

/** What is evaluated in a round; its model is built when its turn comes, for models are large. */
export interface Entrant {
  /** Of the contestant. */
  readonly name: string;
  readonly quantized: Quantized;
  readonly isRefused: IsRefused;
}

/** By the name of the entrant, on all samples; one that cannot be built or run, or was refused, has none. */
export type Evaluations = ReadonlyMap<string, Evaluation>;

/** Work that says round by round what it has to have evaluated, and is given the evaluations. */
export type Rounds<T> = AsyncGenerator<readonly Entrant[], T, Evaluations>;

export interface Work<T> {
  /** Which its time counts for, but for that of the evaluations. */
  readonly stage: string;
  readonly rounds: Rounds<T>;
}

const NONE: Evaluations = new Map();

/** What work came to, or what it failed of. */
export type Settled<T> = { readonly result: T } | { readonly error: unknown };

/** Memory for models that are evaluated side by side, and what a batch may take of it (`batchSizeOf`). */
const HELD_BYTES = 640 * 2 ** 20;
const BATCH_BYTES = 2 ** 26;

/** Two pieces of work as one: their rounds are the same. */
export async function* both<A, B>(first: Rounds<A>, second: Rounds<B>): Rounds<readonly [A, B]> {
  let a = await first.next(NONE);
  let b = await second.next(NONE);
  while (!a.done || !b.done) {
    const evaluations = yield [a, b].flatMap((each) => (each.done ? [] : each.value));
    if (!a.done) a = await first.next(evaluations);
    if (!b.done) b = await second.next(evaluations);
  }
  return [a.value, b.value];
}

/**
 * Does several pieces of work side by side, so that what they have evaluated in a round is evaluated in one stream: every
 * sample is read and decoded once for all. Work that fails is its own problem.
 *
 * @returns an outcome for each, in their order
 */
export async function inRounds<T>(
  works: readonly Work<T>[],
  prepared: Prepared,
  references: readonly Reference[],
  context: Context,
): Promise<Settled<T>[]> {
  const outcomes = new Map<Work<T>, Settled<T>>();
  let given: Settled<Evaluations> = { result: NONE };
  for (let open = works; open.length > 0; ) {
    const entrants: Entrant[] = [];
    for (const work of open) {
      try {
        const step = await booked(work.stage, context, () => next(work, given));
        if (step.done) outcomes.set(work, { result: step.value });
        else entrants.push(...step.value);
      } catch (error) {
        context.signal.throwIfAborted();
        outcomes.set(work, { error });
      }
    }
    open = open.filter((work) => !outcomes.has(work));
    if (open.length > 0) given = await evaluatedInGroups(entrants, prepared, references, context);
  }
  return works.map((work) => outcomes.get(work)!);
}

function next<T>({ rounds }: Work<T>, given: Settled<Evaluations>) {
  return 'error' in given ? rounds.throw(given.error) : rounds.next(given.result);
}

/** As many at once as fit into memory, two at least. */
async function evaluatedInGroups(
  entrants: readonly Entrant[],
  prepared: Prepared,
  references: readonly Reference[],
  context: Context,
): Promise<Settled<Evaluations>> {
  const evaluations = new Map<string, Evaluation>();
  // Each is held once as a model and once in its session.
  const each = BATCH_BYTES + 2 * weightBytes(prepared.model.model);
  const size = Math.max(2, Math.floor(HELD_BYTES / each));
  try {
    for (let first = 0; first < entrants.length; first += size) {
      const group = entrants.slice(first, first + size);
      const contestants = group.flatMap(contestantOf);
      const refusals = new Map(group.map(({ name, isRefused }) => [name, isRefused]));
      const result = await evaluateChanges(prepared, { contestants, references }, refusals, context);
      for (const [name, evaluation] of result.evaluations)
        if (evaluation.looked === undefined) evaluations.set(name, evaluation);
    }
    return { result: evaluations };
  } catch (error) {
    context.signal.throwIfAborted();
    return { error };
  }
}

/** None where the model cannot be built: that is the problem of whom it is for. */
function contestantOf({ name, quantized }: Entrant): Contestant[] {
  try {
    return [emulationOf(name, quantized)];
  } catch {
    return [];
  }
}
