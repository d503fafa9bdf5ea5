import { setTimeout } from 'node:timers/promises';
import type { CommentPolicy } from '../config/comment-policy.ts';
import { UserError } from '../errors.ts';
import type { Api, Repository } from '../github/api.ts';
import { publishCheckRun } from '../github/check-run.ts';
import { publishComment } from '../github/comment.ts';
import { type Comment, MAX_COMMENT_BYTES, type Section } from '../github/comment-body.ts';
import { escapeText } from '../report/escape.ts';
import { isStopped } from '../report/is-stopped.ts';
import { glanceAt, NO_MODEL, type ReportSection, renderSections } from '../report/markdown-sections.ts';
import { headlineWords } from '../report/overview-headline.ts';
import type { OverviewPart } from '../report/overview-part.ts';
import type { Report } from '../report/report-schema.ts';
import { sha256Of } from '../sha256.ts';
import { combine } from '../verdict/combine.ts';
import { frameOf, seenOf } from './comment-frame.ts';
import { artifactName, chipArtifact, pageName, recoveredArtifact } from './upload-artifacts.ts';

/** What a run of the gate says of a commit. */
export interface Publication {
  /** The repository of the pull request's base. */
  readonly repository: Repository;
  /** None in a merge group: only the check run. */
  readonly pullRequest: number | undefined;
  /** The branch to merge into. */
  readonly branch: string;
  /** Commit that was judged. */
  readonly head: string;
  readonly run: {
    readonly id: number;
    readonly attempt: number;
    readonly url: string;
    /** Path of the workflow: each has a comment of its own on a pull request. */
    readonly workflow: string;
  };
  /** Names of the models that this job of a matrix judges; undefined where it judges all. */
  readonly models?: readonly string[];
  /** One a job of the run. */
  readonly reports: readonly Report[];
  /** Ids of the artifacts that the run has left, by name. */
  readonly artifacts?: Readonly<Record<string, number>>;
  readonly policy: CommentPolicy;
  /** Whether to publish a check run too. */
  readonly check: boolean;
  /** What there is to say of a whole run; undefined where one of its jobs publishes. */
  readonly whole?: Whole;
}

export interface Whole {
  /** Why the run lacks reports that it should have. */
  readonly problems: readonly string[];
  /** Why the reports that it has may say what is not so. */
  readonly doubts: readonly string[];
}

/** Bytes that the marks of a comment take at most, as long as names are not very long. */
const RESERVED = 6000;
const MAX_REMARKS = 20;
/** Characters of a check run's name. */
const MAX_NAME = 100;

/**
 * Publishes what was judged: the sticky comment, and a check run.
 *
 * @param pause waits for milliseconds before the comment is read again
 * @returns lines for the log: what was not written, and which `permissions:` to add. It never costs the verdict.
 */
export async function publish(
  api: Api,
  publication: Publication,
  pause: (milliseconds: number) => Promise<unknown> = setTimeout,
): Promise<readonly string[]> {
  const sections = sectionsOf(publication);
  const comment = () => speak(api, publication, sections, pause);
  const check = () => conclude(api, publication, sections);
  return [
    ...(publication.pullRequest === undefined ? [] : await orLine(comment)),
    ...(publication.check ? await orLine(check) : []),
  ];
}

async function orLine(write: () => Promise<string[]>): Promise<string[]> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}

function sectionsOf(publication: Publication): Section[] {
  const { reports, models, whole, head, run, artifacts = {} } = publication;
  const withRemarks = (sections: readonly ReportSection[]): Section[] =>
    [...(whole === undefined ? [] : remarksOf(whole)), ...sections].map(({ key, verdict, part, text }) => ({
      // Jobs whose models have not changed say so beside each other.
      key: key === NO_MODEL ? [key, ...(models ?? [])].join(' ') : key,
      attempt: run.attempt,
      verdict,
      text,
      said: { ...part, ...artifactsOf(part, artifacts, models) },
    }));
  const glance = withRemarks(glanceAt(reports));
  const { before, after } = frameOf(glance, { head, run });
  const said = JSON.stringify(glance.map((section) => section.said));
  const taken = [before, after, said].reduce((sum, text) => sum + Buffer.byteLength(text), RESERVED);
  return withRemarks(renderSections(reports, MAX_COMMENT_BYTES - taken));
}

/** Where the files of a part lie. */
function artifactsOf(
  { row }: OverviewPart,
  ids: Readonly<Record<string, number>>,
  models: readonly string[] | undefined,
): Partial<OverviewPart> {
  const of = (name: string) => (Object.hasOwn(ids, name) ? ids[name] : undefined);
  const found = {
    report: reportArtifact(of, models) ?? (row && reportArtifact(of, [row.model])),
    chip: row && of(chipArtifact(row.model, row.target)),
    recovered: row && of(recoveredArtifact(row.model, row.target)),
  };
  return Object.fromEntries(Object.entries(found).filter(([, id]) => id !== undefined));
}

/** The page that opens in the browser; where a server keeps none, the folder that it lies in. */
function reportArtifact(of: (name: string) => number | undefined, models: readonly string[] | undefined) {
  return of(pageName(models)) ?? of(artifactName('report', models));
}

/** Not the key of any model. */
const RUN = 'the run';

function remarksOf({ problems, doubts }: Whole): ReportSection[] {
  const remarks = [...problems, ...doubts];
  if (remarks.length === 0) return [];
  const title = problems.length > 0 ? '**Not judged:**' : '**This may not be believed as it is:**';
  const shown = remarks.slice(0, MAX_REMARKS).map((each) => `- ${escapeText(each, 400)}`);
  const left = remarks.length - shown.length;
  const notes = [title, '', ...shown, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
  return [{ key: RUN, verdict: problems.length > 0 ? 'error' : 'inconclusive', part: { notes }, text: '' }];
}

async function speak(
  api: Api,
  { repository, pullRequest, head, run, policy, whole }: Publication,
  sections: readonly Section[],
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<string[]> {
  const place = { ...repository, number: pullRequest! };
  const said = {
    key: run.workflow,
    head,
    run: run.id,
    sections,
    isWhole: whole !== undefined,
    policy,
    frame: (comment: Comment) => frameOf(comment.sections, { head, run }),
  };
  const published = await publishComment(api, place, said, pause);
  return published.state === 'outdated'
    ? [`the comment on pull request ${pullRequest} shows run ${published.run}, which is later: it stays`]
    : [];
}

async function conclude(
  api: Api,
  { repository, branch, head, run, reports, models, whole }: Publication,
  sections: readonly Section[],
): Promise<string[]> {
  // GitHub shows the latest of a name alone, and what one base lets pass another one may not.
  const about = models === undefined ? branch : `${branch}: ${models.join(', ')}`;
  const name = short(`quantgate (${about})`);
  const verdict = combine(sections.map(({ verdict }) => verdict));
  const failing = reports.filter(isStopped);
  const remarks = (whole?.problems.length ?? 0) + (whole?.doubts.length ?? 0);
  const accepted =
    failing.length > 0 && failing.every(({ accepted }) => accepted !== undefined) && remarks === 0;
  const isDoubted = verdict === 'inconclusive' && (remarks > 0 || failing.length > 0);
  const title = headlineWords(seenOf(sections));
  const { before, after } = frameOf(sections, { head, run });
  const published = await publishCheckRun(api, repository, {
    name,
    head,
    externalId: `${run.id}/${run.attempt} ${name}`,
    verdict,
    accepted,
    isDoubted,
    title,
    summary: [before, ...sections.map(({ text }) => text), after].filter((part) => part !== '').join('\n\n'),
    annotations: [],
  });
  return published.state === 'denied' ? [published.advice] : [];
}

/** Names that begin alike stay apart: GitHub shows one check run of each. */
function short(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const end = `… ${sha256Of(name).slice(0, 12)}`;
  return `${name.slice(0, MAX_NAME - end.length)}${end}`;
}
