import type { World } from '../world.ts';
import { type RunOptions, runCommand } from './run-command.ts';

/** Options of `quantgate recover` beside those of `quantgate run`. */
export interface RecoverOptions extends RunOptions {
  readonly minutes?: number;
}

/**
 * Judges as `quantgate run` does, and seeks a change that keeps the budgets for every target that does not pass, whatever
 * `recover` of the configuration says.
 *
 * @returns the exit code of the verdict
 * @throws UserError as `runCommand`
 */
export function recoverCommand({ minutes, ...options }: RecoverOptions, world: World): Promise<number> {
  return runCommand(options, world, (config) => ({
    ...config,
    models: config.models.map((model) => ({
      ...model,
      recover: { when: 'on-failure', minutes: minutes ?? model.recover.minutes },
    })),
  }));
}
