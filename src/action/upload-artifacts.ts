import { join, relative } from 'node:path';
import { messageOf, printable } from '../errors.ts';
import type { Report } from '../report/report-schema.ts';
import type { ModeContext } from './mode.ts';

/** Files that are kept beside the run under one name. */
export interface Bundle {
  readonly name: string;
  /** Absolute folder, which is the root of the artifact. */
  readonly folder: string;
  /** Absolute. */
  readonly files: readonly string[];
  /** Whether its one file, which has its name, is kept as it is: GitHub shows such a page in the browser. */
  readonly isPage?: true;
}

/** `quantgate-report`; with the models of the job where a matrix has several. */
export function artifactName(kind: 'report' | 'baseline', models: readonly string[] | undefined): string {
  return ['quantgate', kind, ...(models ?? [])].join('-');
}

/** The files for the tools of a target. */
export function chipArtifact(model: string, target: string): string {
  return `quantgate-${model}-${target}`;
}

/** The repaired model of a target. */
export function recoveredArtifact(model: string, target: string): string {
  return `quantgate-recovered-${model}-${target}`;
}

/** The artifact that is the page of a report, and its file: `report.html`; with the models of the job where a matrix has several. */
export function pageName(models: readonly string[] | undefined): string {
  return `${['report', ...(models ?? [])].join('-')}.html`;
}

/** What a gate leaves: the report, and for each target the files for its tools, also those of what recovers it. */
export function bundlesOf(report: Report, out: string, models: readonly string[] | undefined): Bundle[] {
  const files = ['report.json', 'report.md', 'report.html'].map((file) => join(out, file));
  const chips = report.models.flatMap((model) =>
    model.targets.flatMap((target): Bundle[] => {
      if (target.verdict === 'error' || target.files.length === 0) return [];
      return [
        {
          name: chipArtifact(model.name, target.target),
          folder: join(out, 'chips', model.name, target.target),
          files: target.files.map((file) => join(out, file)),
        },
      ];
    }),
  );
  const recovered = report.models.flatMap((model) =>
    model.targets.flatMap((target): Bundle[] => {
      const recoveredFiles = (target.verdict !== 'error' && target.recovery?.plan?.files) || [];
      if (recoveredFiles.length === 0) return [];
      return [
        {
          name: recoveredArtifact(model.name, target.target),
          folder: join(out, 'recovered', model.name, target.target),
          files: recoveredFiles.map((file) => join(out, file)),
        },
      ];
    }),
  );
  const page = pageName(models);
  return [
    { name: artifactName('report', models), folder: out, files },
    ...chips,
    ...recovered,
    // Last, as a server may not know such artifacts yet.
    { name: page, folder: out, files: [join(out, page)], isPage: true },
  ];
}

/**
 * Uploads artifacts to the run. Where one cannot be uploaded the rest is not tried, as each takes its time to fail; that
 * is a line in the log and costs nothing else.
 *
 * @returns their ids by name
 */
export async function uploadArtifacts(
  bundles: readonly Bundle[],
  { job, log }: Pick<ModeContext, 'job' | 'log'>,
): Promise<Readonly<Record<string, number>>> {
  const ids: Record<string, number> = {};
  if (!job.hasArtifactService) {
    log.info(`there is no artifact service here: files stay in ${placesOf(bundles, job)}`);
    return ids;
  }
  const { DefaultArtifactClient } = await import('@actions/artifact');
  const client = new DefaultArtifactClient();
  for (const [index, { name, folder, files, isPage = false }] of bundles.entries()) {
    try {
      // An artifact of an earlier attempt has the name until it is deleted.
      if (job.run.attempt > 1) await client.deleteArtifact(name).catch(() => undefined);
      const { id } = await client.uploadArtifact(name, [...files], folder, { skipArchive: isPage });
      if (id !== undefined) ids[name] = id;
    } catch (error) {
      const why = printable(messageOf(error));
      log.warning(
        `artifact ${name} could not be uploaded (${why}): files stay in ${placesOf(bundles.slice(index), job)}`,
      );
      return ids;
    }
  }
  return ids;
}

function placesOf(bundles: readonly Bundle[], { workspace }: ModeContext['job']): string {
  return [...new Set(bundles.map(({ folder }) => relative(workspace, folder)))].join(', ');
}
