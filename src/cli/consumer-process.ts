import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runChild } from '../child-group.ts';
import { UserError } from '../errors.ts';
import type { RunConsumer } from '../pipeline/verify/consumer.ts';

/** In which a consumer has to be done with all samples of a job. */
const MOST_MINUTES = 30;
/** The folder of the consumers, below that of the package: this file runs from src/cli/, or bundled from dist/ or dist/chunks/. */
function consumersFolder(): string {
  const found = ['../consumers/', '../../consumers/']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new UserError('the folder consumers/ of quantgate is not there: install quantgate again');
  return found;
}

/**
 * Runs consumers by a Python: within a time limit, and ended with all that they started when `signal` aborts.
 *
 * @param python a command
 * @param folder of the scripts, with a slash at its end
 */
export function consumersBy(
  python: string,
  signal: AbortSignal,
  { folder = consumersFolder(), minutes = MOST_MINUTES } = {},
): RunConsumer {
  return async (name, job) => {
    const script = `${folder}${name}.py`;
    if (!existsSync(script))
      throw new UserError(
        `${script} is not there: install quantgate again, or check this target on a device`,
      );
    signal.throwIfAborted();
    return runChild([python, script, job], {
      signal,
      minutes,
      called: 'the library',
      remedy: 'give the Python that has the package of the vendor with --python',
      lateRemedy: 'give fewer samples with --samples',
    });
  };
}
