import type { Config } from './config.ts';

/** The new ids of targets whose changed options gave them another one, by model and old id. */
export function renamedTargets(
  before: Config,
  after: Config,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const models = before.models.map(({ name, targets }, i) => {
    const ids = targets.map(({ id }, j) => [id, after.models[i].targets[j].id] as const);
    return [name, new Map(ids.filter(([old, now]) => old !== now))] as const;
  });
  return new Map(models.filter(([, ids]) => ids.size > 0));
}
