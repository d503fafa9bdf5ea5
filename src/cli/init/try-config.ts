import { failureLine } from '../../errors.ts';
import { prepare } from '../../pipeline/prepare.ts';
import { openContext } from '../context.ts';
import type { World } from '../world.ts';
import { CONFIG } from './working-tree.ts';

/** What init needs of the world. */
export type InitWorld = Omit<World, 'github' | 'loudness' | 'terminal' | 'show'>;

/**
 * Reads what a run by the configuration that was written would read, and says what is in its way. Nothing is measured.
 *
 * @returns whether all can be read
 */
export async function tryConfig(world: InitWorld): Promise<boolean> {
  const { config, context } = await openContext(
    { path: CONFIG, provider: undefined, adjusted: (all) => all },
    world,
  );
  let isReady = true;
  for (const model of config.models) {
    try {
      const { unplanned } = await prepare(model, context);
      for (const each of unplanned) world.complain(`${model.name}, ${each.config.id}: ${each.problem}`);
      if (unplanned.length === 0) world.print(`${model.name}: all that a run of it reads can be read`);
      isReady &&= unplanned.length === 0;
    } catch (error) {
      world.signal.throwIfAborted();
      world.complain(`${model.name}: ${failureLine(error)}`);
      isReady = false;
    }
  }
  return isReady;
}
