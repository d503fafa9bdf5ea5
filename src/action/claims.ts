import { posix } from 'node:path';
import type { Config } from '../config/config.ts';
import { printable, quote, UserError } from '../errors.ts';
import { isAncestor } from '../github/ancestry.ts';
import type { Api, Repository } from '../github/api.ts';
import { ApiError, hasStatus } from '../github/api-error.ts';
import { hasGate } from '../github/gate-workflow.ts';
import {
  type ChangedFiles,
  listChangedFiles,
  listComparedFiles,
  type PullRequest,
  readPullRequest,
} from '../github/pull-request.ts';
import type { Report } from '../report/report-schema.ts';
import { decidesPackages, isCode } from './change/base-code.ts';
import { readBaseConfig } from './change/base-config.ts';
import { codeOf, commandsOf } from './change/watched-files.ts';
import type { RunReports } from './run-reports.ts';

/** What a run of the gate says of one pull request. */
export interface Claims extends Omit<RunReports, 'artifacts'> {
  /** Why the reports may say what is not so. */
  readonly doubts: readonly string[];
}

/** Where claims are held against what GitHub says. */
export interface Court {
  readonly api: Api;
  readonly repository: Repository;
  /** Path of quantgate.yml in the repository. */
  readonly configPath: string;
}

/**
 * The reports of a run that speak for a pull request; undefined where all of them speak for others: of one head there may
 * be several, into branches that judge it otherwise.
 *
 * @param path of the run's workflow
 * @throws ApiError when GitHub does not answer
 */
export async function claimsOn(
  pull: PullRequest,
  { reports, problems }: Omit<RunReports, 'artifacts'>,
  path: string,
  court: Court,
): Promise<Claims | undefined> {
  const mine: Report[] = [];
  const wrong: string[] = [];
  let elsewhere = 0;
  for (const report of reports) {
    const { change } = report;
    if (change === undefined) {
      wrong.push('a report does not say which pull request it judged: run the gate of this version again');
    } else if (change.pullRequest !== pull.number || change.branch !== pull.base.ref) elsewhere++;
    else if (await isOfBranch(change.base, pull.base.ref, court)) mine.push(report);
    else wrong.push(`a report was judged by ${change.base}, which is no commit of ${quote(change.branch)}`);
  }
  if (elsewhere > 0 && mine.length + wrong.length + problems.length === 0) return undefined;
  const doubts = await doubtsOf(pull, path, court);
  return { reports: mine, problems: [...problems, ...wrong], doubts };
}

/** A commit that a report claims need not be one. */
async function isOfBranch(commit: string, branch: string, { api, repository }: Court): Promise<boolean> {
  try {
    return await isAncestor(api, repository, commit, branch);
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

/** A run is what the workflow of the pull request makes of it. */
async function doubtsOf(pull: PullRequest, path: string, court: Court): Promise<string[]> {
  const { api, repository } = court;
  if (!(await hasGate(api, repository, pull.base.sha, path)))
    return [
      `${printable(path)} of the base commit is no workflow that gates pull requests, so its report may say anything`,
    ];
  const changed = await changedFiles(pull, court);
  if (changed === undefined)
    return ['something was pushed in the meantime, so that it is not known what the pull request changes'];
  const workflow = changed.files.find(({ path }) => /^\.github\/(workflows|actions)\//.test(path));
  if (workflow !== undefined)
    return [
      `the pull request changes ${printable(workflow.path)}, so the report says what the change lets it say`,
    ];
  if (!changed.complete)
    return ['the pull request changes too many files to see whether workflows are among them'];
  const code = await changedCode(pull, changed, court);
  return code === undefined
    ? []
    : [
        `the pull request changes ${printable(code)}, code that the gate may load, so the report says what that lets it say`,
      ];
}

/** What two commits differ in does not change; a pull request's own list is longer, and that of its head now. */
async function changedFiles(
  { number, head, base }: PullRequest,
  { api, repository }: Court,
): Promise<ChangedFiles | undefined> {
  const compared = await listComparedFiles(api, repository, base.sha, head.sha);
  if (compared.complete) return compared;
  const listed = await listChangedFiles(api, repository, number);
  return (await readPullRequest(api, repository, number)).head.sha === head.sha ? listed : undefined;
}

/** A file of those that modules and commands of the base's configuration load, as far as their names tell. */
async function changedCode(
  { base }: PullRequest,
  { files }: ChangedFiles,
  { api, repository, configPath }: Court,
): Promise<string | undefined> {
  const config = await readBaseConfig(api, repository, base.sha, configPath).catch(orNone);
  if (config === undefined || codeOf(config).length === 0) return undefined;
  // Commands run what their own words name, whatever its ending.
  const words = commandsOf(config).flat();
  const isNamed = (path: string) =>
    words.some((word) => posix.join(posix.dirname(configPath), word) === path);
  return files.find((file) => isCode(file.path) || decidesPackages(file) || isNamed(file.path))?.path;
}

/** A configuration that is not valid judged nothing. */
function orNone(error: unknown): Config | undefined {
  if (error instanceof UserError && !(error instanceof ApiError)) return undefined;
  throw error;
}
