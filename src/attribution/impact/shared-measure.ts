import type { LoadedModel } from '../../runtime/load-model.ts';
import { sha256Of } from '../../sha256.ts';
import { operationsKey, type Shared } from '../alike.ts';
import type { Lazily } from '../lazily.ts';
import type { SamplePowers } from './output-noise.ts';
import { operationsByUnit, type SwitchModel } from './switchable.ts';
import type { Batches, SwitchedSession } from './switched-session.ts';

/** Measures units that are on in a session, on some batches of the probes. */
type Measure = (
  session: Lazily<SwitchedSession>,
  on: ReadonlySet<string>,
  batches: Batches,
) => Promise<readonly SamplePowers[]>;

/**
 * Measures what was not measured yet of units that compute the same in the same model, on the same batches.
 *
 * @param switched has every unit that is measured
 * @param shared knows what was measured, and is added to; where left out, everything is measured
 */
export function sharing(
  model: LoadedModel,
  switched: SwitchModel,
  shared: Shared | undefined,
  measure: Measure,
): Measure {
  if (shared === undefined) return measure;
  const { powers } = shared(model);
  const keys = new Map([...operationsByUnit(switched)].map(([name, each]) => [name, operationsKey(each)]));
  return async (session, on, batches) => {
    const key = `${sha256Of(...[...on].map((name) => keys.get(name)!).sort())} on ${batches}`;
    const found = powers.get(key) ?? (await measure(session, on, batches));
    powers.set(key, found);
    return found;
  };
}
