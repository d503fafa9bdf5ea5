import { messageOf, UserError } from '../errors.ts';
import { voidBecause } from '../github/acceptance.ts';
import { readAcceptances } from '../github/acceptance-store.ts';
import type { Report } from '../report/report-schema.ts';
import type { ModeContext } from './mode.ts';
import { bindingOf } from './report-identity.ts';

/** The acceptance that holds for a report which fails, if somebody has given one; the log says why others do not. */
export async function acceptanceOf(
  report: Report,
  { api, job, log }: Pick<ModeContext, 'api' | 'job' | 'log'>,
): Promise<Report['accepted']> {
  const binding = bindingOf(report);
  if (api === undefined || binding === undefined) return undefined;
  try {
    for (const acceptance of await readAcceptances(api, job.repository, binding.head)) {
      const why = voidBecause(acceptance, binding);
      if (why === undefined) return { by: acceptance.by, reason: acceptance.reason };
      log.info(`the acceptance of ${acceptance.by} does not hold: ${why}`);
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.info(messageOf(error));
  }
  return undefined;
}
