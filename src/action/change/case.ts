import type { ModeContext } from '../mode.ts';
import { baseStateOf } from './base-state.ts';
import { type Change, changeOf, filesOf } from './change.ts';
import { type ConfigPlace, placeOfConfig } from './config-place.ts';
import { type Judging, readJudging } from './judging-config.ts';
import { unchangedBecause } from './unchanged.ts';

/** What a job has before it: what is proposed, and what judges it. */
export interface Case {
  readonly place: ConfigPlace;
  /** Undefined where nothing is proposed, as on a push. */
  readonly change: Change | undefined;
  readonly judging: Judging;
  /** The files that the change touches; undefined where nothing is proposed. */
  readonly files: Awaited<ReturnType<typeof filesOf>> | undefined;
  /** Why nothing needs to be measured, if so. */
  readonly unchanged: string | undefined;
}

/**
 * Opens the case of an event.
 *
 * @param check what to refuse before anything is compared
 * @throws UserError when there is nothing to judge by
 */
export async function openCase(
  mode: ModeContext,
  check: (opened: Omit<Case, 'unchanged'>) => void = () => {},
): Promise<Case> {
  const { inputs, job, event } = mode;
  const change = changeOf(event);
  const place = placeOfConfig(job.workspace, inputs.config);
  const judging = await readJudging(mode, place, change?.base);
  const files = change && (await filesOf(change, mode));
  const opened = { place, change, judging, files };
  check(opened);
  const unchanged =
    change &&
    files &&
    (await unchangedBecause(files, judging, place, baseStateOf(mode, judging.config, place, change.base)));
  return { ...opened, unchanged };
}
