import type { LoadedModel } from '../../runtime/load-model.ts';
import { sha256Of } from '../../sha256.ts';
import { operationsKey } from '../alike.ts';
import type { Shared } from '../measurements.ts';
import type { NoiseProducts, UnitsBeside } from './noise-products.ts';
import type { SamplePowers } from './output-noise.ts';
import { operationsByUnit, type SwitchModel } from './switchable.ts';
import type { Batches } from './switched-session.ts';

/** Gives what was measured of the same on the same batches, or measures it. */
type Once<What, T> = (what: What, batches: Batches, measure: () => Promise<T>) => Promise<T>;

/** Measures what was not measured yet with units that compute the same in the same model. */
export interface Sharing {
  /** With these units on. */
  readonly powers: Once<ReadonlySet<string>, readonly SamplePowers[]>;
  readonly products: Once<UnitsBeside, NoiseProducts | undefined>;
}

/**
 * @param switched has every unit that is measured
 * @param shared knows what was measured, and is added to; where left out, everything is measured
 */
export function sharing(model: LoadedModel, switched: SwitchModel, shared: Shared | undefined): Sharing {
  if (shared === undefined)
    return { powers: (_, __, measure) => measure(), products: (_, __, measure) => measure() };
  const { powers, products } = shared(model);
  const keys = new Map([...operationsByUnit(switched)].map(([name, each]) => [name, operationsKey(each)]));
  const keysOf = (units: Iterable<string>) => [...units].map((name) => keys.get(name)!);
  return {
    powers: (on, batches, measure) => once(powers, [keysOf(on).sort(), batches], measure),
    products: ({ units, rest }, batches, measure) =>
      once(products, [keysOf(units), keysOf(rest).sort(), batches], measure),
  };
}

async function once<T>(known: Map<string, T>, what: unknown, measure: () => Promise<T>): Promise<T> {
  const key = sha256Of(JSON.stringify(what));
  if (!known.has(key)) known.set(key, await measure());
  return known.get(key)!;
}
