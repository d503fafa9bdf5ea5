import { messageOf, UserError } from '../errors.ts';
import { type ChangedFiles, listComparedFiles } from '../github/pull-request.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Base, Event } from './event.ts';
import type { Judging } from './judging.ts';
import type { Step } from './step.ts';
import { namedBy, touches, watchedBy } from './watched.ts';

/** What is proposed to a branch. */
export interface Change {
  /** Commit that is judged. */
  readonly head: string;
  readonly base: Base;
  /** Undefined in a merge group. */
  readonly pullRequest: number | undefined;
}

/** What a pull request or a merge group proposes; undefined for every other event. */
export function changeOf(event: Event): Change | undefined {
  switch (event.kind) {
    case 'pull-request':
      return { head: event.head, base: event.base, pullRequest: event.number };
    case 'merge-group':
      return { head: event.head, base: event.base, pullRequest: undefined };
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
  { api, job, log }: Pick<Step, 'api' | 'job' | 'log'>,
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

/** Why nothing has to be measured, in words; undefined if something has, or it cannot be told. */
export async function unchangedBecause(
  { files, complete }: ChangedFiles,
  { config, proposed }: Judging,
  place: ConfigPlace,
): Promise<string | undefined> {
  if (!complete || proposed !== undefined) return undefined;
  const watched = await watchedBy(config, place);
  if (watched === undefined) return undefined;
  const hit = files.some((file) => watched.some((each) => touches(file, each)));
  if (hit) return undefined;
  return `none of the ${files.length} changed files is a model, its data or the configuration`;
}

const MOST_NAMED = 3;

/** A change of what measures is nothing that a budget can judge, so it is said. */
export function warningsOf(
  { files }: ChangedFiles,
  { config }: Judging,
  { folder }: Pick<ConfigPlace, 'folder'>,
): readonly string[] {
  const measuring = namedBy(config, folder).filter(({ kind }) => kind !== 'model');
  const hit = files.filter((file) => measuring.some((each) => touches(file, each)));
  if (hit.length === 0) return [];
  const names = hit.slice(0, MOST_NAMED).map(({ path }) => path);
  const more = hit.length > names.length ? ` and ${hit.length - names.length} more` : '';
  return [`the change is measured with data or code that it changes itself: ${names.join(', ')}${more}`];
}
