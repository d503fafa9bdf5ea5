import { isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { baselineFile } from '../../baseline/store.ts';
import { messageOf, quote, UserError } from '../../errors.ts';
import { type ChangedFiles, listComparedFiles } from '../../github/pull-request.ts';
import type { Base, Event } from '../event.ts';
import type { Inputs } from '../inputs.ts';
import type { Job } from '../job.ts';
import type { ModeContext } from '../mode.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Judging } from './judging-config.ts';
import { namedBy, touches } from './watched-files.ts';

/** What is proposed to a branch. */
export interface Change {
  /** Commit that is judged. */
  readonly head: string;
  readonly base: Base;
  /** Undefined in a merge group. */
  readonly pullRequest: number | undefined;
  /** In a merge group, the pull request that was queued last. */
  readonly queued?: number;
}

/** What a pull request or a merge group proposes; undefined for every other event. */
export function changeOf(event: Event): Change | undefined {
  switch (event.kind) {
    case 'pull-request':
      return { head: event.head, base: event.base, pullRequest: event.number };
    case 'merge-group':
      return { head: event.head, base: event.base, pullRequest: undefined, queued: event.number };
    default:
      return undefined;
  }
}

/**
 * The files of a change; undefined, and a line in the log, where GitHub does not tell: then all of them may be. Two
 * commits are compared, because the list of a pull request's files is that of its head now, and not of what is judged.
 */
export async function filesOf(
  { head, base }: Change,
  { api, job, log }: Pick<ModeContext, 'api' | 'job' | 'log'>,
): Promise<ChangedFiles | undefined> {
  if (api === undefined) return undefined;
  try {
    return await listComparedFiles(api, job.repository, base.commit, head);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.info(`all models are measured: ${messageOf(error)}`);
    return undefined;
  }
}

const MAX_NAMED = 3;

/** What a change changes of that which measures it. */
export async function warningsOf(
  { files, complete }: ChangedFiles,
  { config }: Judging,
  place: Pick<ConfigPlace, 'root' | 'folder'>,
): Promise<readonly string[]> {
  const measuring = (await namedBy(config, place)).filter(({ kind }) => kind !== 'model');
  const hit = files.filter((file) => measuring.some((each) => touches(file, each)));
  const unseen = complete
    ? []
    : ['the change has too many files to see whether data or code that measures it are among them'];
  if (hit.length === 0) return unseen;
  const names = hit.slice(0, MAX_NAMED).map(({ path }) => path);
  const more = hit.length > names.length ? ` and ${hit.length - names.length} more` : '';
  return [
    `the change changes what measures it: the base's judges it, and where it has data of its own the worse of both verdicts counts: ${names.join(', ')}${more}`,
  ];
}

/**
 * A change that brings what it is compared with, or what other jobs are to have measured, is not judged: any model would pass.
 *
 * @param changed undefined where GitHub does not tell
 * @throws UserError when a folder of the inputs `baseline`, `calibration`, `evaluation` and `explanation` may hold files of the change
 */
export function refuseOwnResults(
  changed: ChangedFiles | undefined,
  { config }: Judging,
  { root }: Pick<ConfigPlace, 'root'>,
  { inputs, job }: { readonly inputs: Given; readonly job: Pick<Job, 'workspace'> },
): void {
  for (const input of ['baseline', 'calibration', 'evaluation', 'explanation'] as const) {
    const given = inputs[input];
    if (given === undefined) continue;
    const folder = relative(root, resolve(job.workspace, given)).split(sep).join(posix.sep);
    if (folder.split('/')[0] === '..' || isAbsolute(folder)) continue;
    const files = config.models.map(({ name }) => posix.join(folder, baselineFile(name)));
    const kept = input === 'baseline' ? files : [folder || '.'];
    const hit = changed?.files.find((file) => kept.some((path) => touches(file, { path, kind: 'data' })));
    if (hit === undefined && changed?.complete === true) continue;
    const why =
      hit === undefined
        ? 'GitHub does not tell all that the change changes, which may be what is there'
        : `the change brings ${quote(hit.path)}, and would be judged by its own`;
    const remedy = input === 'baseline' ? ', or keep baselines by the key baseline of quantgate.yml' : '';
    throw new UserError(
      `input ${input}: ${why}: name a folder out of the checkout, as below runner.temp${remedy}`,
    );
  }
}

type Given = Partial<Pick<Inputs, 'baseline' | 'calibration' | 'evaluation' | 'explanation'>>;
