import type { Config } from '../../config/config.ts';
import { targetAsked } from '../apply-option.ts';
import type { World } from '../world.ts';
import { type RunOptions, runCommand } from './run-command.ts';

/** Options of `quantgate recover` beside those of `quantgate run`. */
export interface RecoverOptions extends RunOptions {
  readonly target?: string;
  readonly minutes?: number;
}

/**
 * Judges as `quantgate run` does, and seeks a change that keeps the budgets for every target that does not pass, whatever
 * `recover` of the configuration says.
 *
 * @returns the exit code of the verdict
 * @throws UserError as `runCommand`, and for a target that no model has
 */
export function recoverCommand(
  { target, minutes, ...options }: RecoverOptions,
  world: World,
): Promise<number> {
  return runCommand(options, world, (config) => {
    const id = target === undefined ? undefined : targetAsked(target, config, '--target');
    return { ...config, models: recovering(config, id, minutes) };
  });
}

/** The models that have the target, with it alone. */
function recovering(
  { models }: Config,
  target: string | undefined,
  minutes: number | undefined,
): Config['models'] {
  return models.flatMap((model) => {
    const targets = model.targets.filter(({ id }) => target === undefined || id === target);
    const recover = { when: 'on-failure' as const, minutes: minutes ?? model.recover.minutes };
    return targets.length === 0 ? [] : [{ ...model, targets, recover }];
  });
}
