import { messageOf, quote, UserError } from '../errors.ts';
import type { Api, Repository } from '../github/api.ts';
import { branchTip, replaceFiles } from '../github/branch-files.ts';
import { readFileOf } from '../github/contents.ts';
import { type ModelHistory, mergedModels, readHistory, writeHistory } from '../history/history-file.ts';
import { badgeOf, badgeSvg, shieldsJson } from '../report/history/badge.ts';
import { historyPage } from '../report/history/page.ts';

const FILE = 'history.json';
const MAX_BYTES = 2 ** 26;

/** The branch that keeps the history of a repository's models. */
export interface HistoryBranch {
  readonly api: Api;
  readonly repository: Repository;
  readonly branch: string;
}

/**
 * What a history branch holds; nothing where it is not there yet.
 *
 * @throws UserError when the branch holds something else, which a history must not take the place of
 */
export async function readHistoryBranch({ api, repository, branch }: HistoryBranch): Promise<ModelHistory[]> {
  if ((await branchTip(api, repository, branch)) === undefined) return [];
  const file = await readFileOf(api, repository, { ref: branch, path: FILE }, MAX_BYTES);
  if (file === undefined)
    throw new UserError(
      `branch ${quote(branch)} has no ${FILE}, so it is not one of quantgate's: name one of its own in history.branch`,
    );
  return readHistory(Buffer.from(file.bytes).toString('utf8'), `${FILE} of ${branch}`);
}

/** Writes history, page and badges to the branch; what others wrote meanwhile is kept. */
export async function writeHistoryBranch(at: HistoryBranch, models: readonly ModelHistory[]): Promise<void> {
  const names = models.map(({ model }) => model).join(', ');
  await replaceFiles(at.api, at.repository, at.branch, `Record ${names}`.slice(0, 72), async () => {
    const merged = mergedModels(await readHistoryBranch(at), models);
    const badge = badgeOf(
      merged.map(({ unit, points }) => ({ unit, targets: points.at(-1)?.targets ?? [] })),
    );
    return new Map([
      [FILE, writeHistory(merged)],
      ['index.html', historyPage(merged)],
      ['badge.json', shieldsJson(badge)],
      ['badge.svg', badgeSvg(badge)],
      // GitHub Pages serves files as they are.
      ['.nojekyll', ''],
    ]);
  });
}

/** That a history cannot be kept is no reason not to have a baseline. */
export async function orSay<T>(say: (line: string) => void, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`the history branch: ${messageOf(error)}`);
    return undefined;
  }
}
