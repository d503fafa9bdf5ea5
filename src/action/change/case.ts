import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forbidCommands } from '../../data/user-command.ts';
import { readFileAt } from '../../github/contents.ts';
import type { Copies } from '../../paths.ts';
import type { ModeContext } from '../mode.ts';
import { baseCode } from './base-code.ts';
import { type BaseData, type BaseFiles, baseData } from './base-data.ts';
import { type BaseTree, baseStateOf } from './base-state.ts';
import { type Change, changeOf, filesOf, refuseOwnResults } from './change.ts';
import { type ConfigPlace, placeOfConfig } from './config-place.ts';
import { refusalOfCommands } from './guard-commands.ts';
import { guardModules } from './guard-modules.ts';
import { type Judging, readJudging } from './judging-config.ts';
import { unchangedBecause } from './unchanged.ts';
import { unseenData } from './unseen-data.ts';

/** What a job has before it: what is proposed, and what judges it. */
export interface Case {
  readonly place: ConfigPlace;
  /** Undefined where nothing is proposed, as on a push. */
  readonly change: Change | undefined;
  readonly judging: Judging;
  /** The files that the change touches; undefined where nothing is proposed, or GitHub does not tell. */
  readonly files: Awaited<ReturnType<typeof filesOf>> | undefined;
  /** Why nothing needs to be measured, if so. */
  readonly unchanged: string | undefined;
  /** The base's data where the change has others; there until the work is done. */
  readonly copies: Copies;
  /** Why a verdict may not be believed as it is. */
  readonly doubts: readonly string[];
}

/**
 * Opens the case of an event, does its work, and removes what it took. From then on no code of the checkout is loaded but
 * the base's, and no command runs where the change may decide what it does.
 *
 * @throws UserError when there is nothing to judge by, or the change brings what it would be judged by
 */
export async function withCase<T>(mode: ModeContext, work: (opened: Case) => Promise<T>): Promise<T> {
  const { inputs, job, event } = mode;
  const change = changeOf(event);
  const place = placeOfConfig(job.workspace, inputs.config);
  const judging = await readJudging(mode, place, change?.base);
  const files = change && (await filesOf(change, mode));
  const opened = { place, change, judging, files };
  if (change !== undefined) refuseOwnResults(files, judging, place, mode);
  const asItIs = { ...opened, unchanged: undefined, copies: new Map(), doubts: doubtsOf(judging) };
  // Where the base has nothing to judge by, its data are not known either.
  if (change === undefined || asItIs.doubts.length > 0 || judging.problem !== undefined) return work(asItIs);
  const base = baseStateOf(mode, judging.config, place, change.base);
  const unchanged = files && (await unchangedBecause(files, judging, place, base));
  if (unchanged !== undefined) return work({ ...asItIs, unchanged });
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-base-'));
  try {
    const { copies, doubts } = await ofBase(mode, { ...opened, base, folder });
    return await work({ ...asItIs, judging: withOwnData(judging, copies), copies, doubts });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Opened extends Pick<Case, 'place' | 'judging' | 'files'> {
  readonly base: BaseTree;
  /** Absolute, empty. */
  readonly folder: string;
}

async function ofBase(
  { api, job: { repository } }: ModeContext,
  { place, judging: { config }, files, base, folder }: Opened,
): Promise<BaseData> {
  const has: BaseFiles = {
    tree: await base.tree(),
    changed: files,
    read: async (path) => api && readFileAt(api, repository, { commit: base.commit, path }, MAX_BYTES),
  };
  forbidCommands(await refusalOfCommands(config, place, has));
  const code = await baseCode(config, await realpath(place.root), has);
  if (code !== undefined) guardModules(code);
  const { copies, doubts } = await baseData(config, place, has, folder);
  return { copies, doubts: [...doubts, ...(await unseenData(config, place, has))] };
}

/** GitHub serves no larger file. */
const MAX_BYTES = 2 ** 27;

function doubtsOf({ absent }: Judging): string[] {
  return absent === undefined
    ? []
    : [`${absent}: the pull request is judged by its own configuration and data`];
}

/** What brings data of its own is measured with them as well, and the worse counts. */
function withOwnData(judging: Judging, copies: Copies): Judging {
  if (copies.size === 0) return judging;
  return { ...judging, proposed: { ...(judging.proposed ?? { config: judging.config }), counts: true } };
}
