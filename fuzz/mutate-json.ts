import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NUMBERS = [0, -0, -1, 0.5, 1e-320, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), Number.MIN_VALUE];
const OTHERS: readonly Json[] = [null, true, false, '', [], {}, 0, ...NUMBERS];

/** The same JSON with some of its values changed, so that it stays JSON; undefined where the input is none. */
export function mutatedJson(
  input: Uint8Array,
  tokens: readonly string[],
  random: RandomGenerator,
): Uint8Array | undefined {
  const below = (count: number) => uniformInt(random, 0, Math.max(count - 1, 0));
  const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const value = parsed(input);
  if (value === undefined) return undefined;
  const holder: Json[] = [value];
  for (let left = pick([1, 1, 2, 4]); left > 0; left--) {
    const [within, key] = pick(placesIn(holder));
    const at = within as Record<string, Json>;
    const old = at[key]!;
    const changes: readonly (() => void)[] = [
      () => {
        at[key] = pick(OTHERS);
      },
      () => {
        at[key] = changed(old);
      },
      () => {
        at[key] = changed(old);
      },
      () => {
        if (Array.isArray(within)) within.splice(Number(key), 1);
        else delete at[key];
      },
      () => {
        if (Array.isArray(within)) within.push(...Array.from({ length: pick([1, 2, 50]) }, () => old));
        else at[pick([...tokens, `${key}2`])] = old;
      },
      () => {
        const [other, otherKey] = pick(placesIn(holder));
        at[key] = structuredClone((other as Record<string, Json>)[otherKey]!);
      },
    ];
    pick(changes)();
    if (holder.length === 0) return Buffer.alloc(0);
  }
  return Buffer.from(JSON.stringify(holder[0]));

  function changed(old: Json): Json {
    if (typeof old === 'number') return pick([...NUMBERS, old + 1, -old, old * 1e3, old / 3]);
    if (typeof old !== 'string') return pick([...tokens]);
    const at = below(old.length + 1);
    return pick([
      old.slice(0, at) + pick(tokens) + old.slice(at),
      pick(tokens),
      old.slice(at),
      old.repeat(pick([2, 200])),
    ]);
  }
}

function parsed(input: Uint8Array): Json | undefined {
  if (input[0] !== 0x7b && input[0] !== 0x5b) return undefined;
  try {
    return JSON.parse(Buffer.from(input).toString()) as Json;
  } catch {
    return undefined;
  }
}

const MAX_PLACES = 5000;

/** Where values are, each as what holds it and its key. */
function placesIn(holder: Json[]): [within: Json, key: string][] {
  const places: [Json, string][] = [];
  const open: Json[] = [holder];
  for (let within = open.pop(); within !== undefined && places.length < MAX_PLACES; within = open.pop()) {
    if (typeof within !== 'object' || within === null) continue;
    for (const [key, value] of Object.entries(within)) {
      places.push([within, key]);
      open.push(value);
    }
  }
  return places;
}
