import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { UserError } from '../src/errors.ts';
import { mutated } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

/** Bytes by which one input may let the process grow. */
const MAX_GROWTH = 2 ** 29;
/** Seconds of a processor that one input may take. */
const MAX_SECONDS = 5;
const MAX_CRASHES = 5;
const MAX_CORPUS = 1000;
/** One in so many inputs that go through is gone on from, so that changes add up. */
const DRIFT = 20;

const WENT_THROUGH = 'went through';

export interface Crash {
  readonly what: string;
  readonly input: Uint8Array;
}

/** What has to be known while it lasts, and what is worth keeping. */
export interface Watch {
  /** Before each input. */
  readonly begins: (input: Uint8Array) => void;
  /** An input with an outcome that none had before. */
  readonly isNew: (input: Uint8Array) => void;
  readonly isOver: (executions: number) => boolean;
}

/**
 * Feeds a target with its seeds, then with mutations: half of them of the seeds, half of inputs that ended with an error
 * of other words than those before, or went through.
 *
 * @param kept inputs of earlier runs
 */
export async function attack(
  target: FuzzTarget,
  seed: number,
  kept: readonly Uint8Array[],
  watch: Watch,
): Promise<{ readonly executions: number; readonly crashes: readonly Crash[] }> {
  const random = xoroshiro128plus(seed);
  const below = (count: number) => uniformInt(random, 0, count - 1);
  const outcomes = new Set<string>();
  const crashes = new Map<string, Crash>();
  const corpus = [...target.seeds];
  const first = [...target.seeds, ...kept];
  let executions = 0;
  while (!watch.isOver(executions) && crashes.size < MAX_CRASHES) {
    const from = below(2) === 0 ? target.seeds : corpus;
    const raw = first[executions] ?? mutated(from[below(from.length)]!, corpus, target.tokens ?? [], random);
    const input = executions < first.length ? raw : (target.repair?.(raw) ?? raw);
    watch.begins(input);
    executions++;
    const { outcome, isCrash } = await outcomeOf(target, input);
    const isNew = !outcomes.has(outcome);
    outcomes.add(outcome);
    if (isCrash) crashes.set(outcome, { what: outcome, input });
    else if (isNew || (outcome === WENT_THROUGH && below(DRIFT) === 0)) {
      if (corpus.length < MAX_CORPUS) corpus.push(input);
      else corpus[below(corpus.length)] = input;
    }
    if (isNew && !isCrash) watch.isNew(input);
  }
  return { executions, crashes: [...crashes.values()] };
}

async function outcomeOf(
  { run }: FuzzTarget,
  input: Uint8Array,
): Promise<{ readonly outcome: string; readonly isCrash: boolean }> {
  const before = peakBytes();
  const began = process.cpuUsage();
  let outcome = WENT_THROUGH;
  let isCrash = false;
  try {
    await run(input);
  } catch (error) {
    isCrash = !(error instanceof UserError);
    outcome = isCrash ? `threw ${placeOf(error)}` : wordsOf((error as UserError).message);
  }
  const { user, system } = process.cpuUsage(began);
  if (user + system > MAX_SECONDS * 1e6)
    return { outcome: `took more than ${MAX_SECONDS} s, then ${outcome}`, isCrash: true };
  // Growth shows once: the peak never falls again.
  if (peakBytes() - before <= MAX_GROWTH) return { outcome, isCrash };
  return { outcome: `took more than ${MAX_GROWTH} bytes, then ${outcome}`, isCrash: true };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** An error by its words, without what comes from the input. */
function wordsOf(message: string): string {
  return message
    .replace(/"[^"]*"/g, '""')
    .replace(/\d+/g, '0')
    .slice(0, 120);
}

/** Anything that was thrown, with the first places of ours that it came through. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const places = (error.stack ?? '').split('\n').filter((line) => /\bat .*\/(src|fuzz|dist)\//.test(line));
  const short = places.slice(0, 2).map((line) => line.replace(/^.*\/((src|fuzz|dist)\/[^)]*)\)?$/, '$1'));
  return `${error.name}: ${wordsOf(error.message)} (${short.join(', ')})`;
}
