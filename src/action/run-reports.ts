import { messageOf, printable, quote, UserError } from '../errors.ts';
import type { Api, Repository } from '../github/api.ts';
import { ApiError, hasStatus } from '../github/api-error.ts';
import { type Artifact, listArtifacts, readArtifact } from '../github/artifacts.ts';
import { readReport } from '../report/parse.ts';
import type { Report } from '../report/report-schema.ts';

const REPORT_ARTIFACT = 'quantgate-report';

/** What the jobs of a run have left. */
export interface RunReports {
  readonly reports: readonly Report[];
  /** Why others count for nothing. */
  readonly problems: readonly string[];
  /** Ids of all that was left, by name. */
  readonly artifacts: Readonly<Record<string, number>>;
}

/** A matrix has no more jobs. */
const MAX_REPORTS = 256;
/** Bytes of an artifact, packed. */
const MAX_ARTIFACT = 2 ** 24;
/** Bytes of all report.json of a run together. */
const MAX_JSON = 2 ** 26;

/** Whether a run has left a report. */
export function isReport({ name }: Artifact): boolean {
  return name === REPORT_ARTIFACT || name.startsWith(`${REPORT_ARTIFACT}-`);
}

/**
 * The reports of a run, out of its artifacts `quantgate-report` and `quantgate-report-…`. Whoever proposes a change can
 * make the run leave anything, so they are claims: each is bounded, of the form of a report, about this commit, and about
 * models of its own.
 *
 * @param head commit that the run judged, as GitHub says
 * @throws ApiError when GitHub does not answer
 */
export async function readReports(
  api: Api,
  repository: Repository,
  runId: number,
  head: string,
): Promise<RunReports> {
  const left = latest(await listArtifacts(api, repository, runId));
  const artifacts = left.filter(isReport);
  const reports: Report[] = [];
  const problems: string[] = [];
  if (artifacts.length > MAX_REPORTS) {
    problems.push(`the run has ${artifacts.length} reports, at most ${MAX_REPORTS} are read`);
  }
  const owners = new Map<string, string>();
  let room = MAX_JSON;
  for (const artifact of artifacts.slice(0, MAX_REPORTS)) {
    try {
      const json = await readJson(api, repository, artifact, room);
      room -= json.byteLength;
      const report = readReport(json);
      checkClaims(report, head, owners);
      for (const { name } of report.models) owners.set(name, artifact.name);
      reports.push(report);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      problems.push(`${printable(artifact.name)}: ${printable(messageOf(error))}`);
    }
  }
  return { reports, problems, artifacts: Object.fromEntries(left.map(({ name, id }) => [name, id])) };
}

/** An attempt leaves its artifacts beside those of the earlier ones. */
function latest(artifacts: readonly Artifact[]): Artifact[] {
  const byAge = artifacts.toSorted((a, b) => a.id - b.id);
  return [...new Map(byAge.map((artifact) => [artifact.name, artifact])).values()];
}

/** What is wrong with an artifact, also that it is gone; not that GitHub fails. */
function isRefusal(error: unknown): boolean {
  return error instanceof UserError && (!(error instanceof ApiError) || hasStatus(error, 404, 410));
}

async function readJson(
  api: Api,
  repository: Repository,
  artifact: Artifact,
  most: number,
): Promise<Uint8Array> {
  if (artifact.size_in_bytes > MAX_ARTIFACT) {
    throw new UserError(`it has ${artifact.size_in_bytes} bytes, at most ${MAX_ARTIFACT} are read`);
  }
  const json = (await readArtifact(api, repository, artifact)).get('report.json');
  if (json === undefined) throw new UserError('it holds no report.json: upload that of the gate at its top');
  if (json.byteLength > most) throw new UserError(`with it the reports have more than ${MAX_JSON} bytes`);
  return json;
}

function checkClaims(report: Report, head: string, owners: ReadonlyMap<string, string>): void {
  if (report.head !== head) {
    throw new UserError(
      `it is about ${report.head ?? 'no commit'}, the run judged ${head}: run the gate again`,
    );
  }
  const taken = report.models.find(({ name }) => owners.has(name));
  if (taken !== undefined) {
    throw new UserError(
      `${owners.get(taken.name)} reports on model ${quote(taken.name)} too: give each job models of its own`,
    );
  }
}
