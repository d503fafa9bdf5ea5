import { printable, UserError } from '../../errors.ts';
import type { Api, Repository } from '../../github/api.ts';
import { type Artifact, listArtifacts } from '../../github/artifacts.ts';
import { type HeadRun, listHeadRuns } from '../../github/head-runs.ts';
import type { PullRequest } from '../../github/pull-request.ts';

/** The files that are wanted. */
export interface Wanted {
  /** The only one that has this target if undefined. */
  readonly model: string | undefined;
  readonly target: string;
}

const PREFIX = 'quantgate-';
/** What else the Action uploads; a model of such a name must be given. */
const NOT_CHIPS = /^quantgate-(report|baseline|calibration|recovered)(-|$)/;
const MAX_NAMED = 20;

/**
 * The artifact `quantgate-<model>-<target>` of the newest finished run of a pull request's head that has it.
 *
 * @throws UserError that says what there is instead; ApiError
 */
export async function findChip(
  api: Api,
  repository: Repository,
  pull: PullRequest,
  wanted: Wanted,
): Promise<{ readonly run: HeadRun; readonly artifact: Artifact }> {
  const runs = await listHeadRuns(api, repository, pull, pull.head.sha);
  const others = new Set<string>();
  for (const run of runs.filter(({ finished }) => finished)) {
    const artifacts = newestOfEachName(await listArtifacts(api, repository, run.id));
    const [artifact, another] = artifacts.filter((each) => isWanted(each.name, wanted));
    if (another !== undefined) {
      throw new UserError(
        `several models have target ${wanted.target} (${listed([artifact!.name, another.name])}): choose one with --model`,
      );
    }
    if (artifact !== undefined) return { run, artifact };
    for (const { name } of artifacts) if (name.startsWith(PREFIX) && !NOT_CHIPS.test(name)) others.add(name);
  }
  if (others.size > 0) {
    throw new UserError(
      `${nameOf(wanted)} is not among what run of ${pull.head.sha} made (${listed([...others])}): name one of these`,
    );
  }
  const older = runs.length > 0 ? [] : await listHeadRuns(api, repository, pull);
  throw new UserError(`pull request ${pull.number} has no chip files yet: ${whyNone(pull, runs, older)}`);
}

/** A run that was repeated keeps the artifacts of its earlier attempts. */
function newestOfEachName(artifacts: readonly Artifact[]): readonly Artifact[] {
  const byAge = artifacts.toSorted((a, b) => a.id - b.id);
  return [...new Map(byAge.map((each) => [each.name, each])).values()];
}

function isWanted(name: string, { model, target }: Wanted): boolean {
  if (model !== undefined) return name === `${PREFIX}${model}-${target}`;
  return name.startsWith(PREFIX) && name.endsWith(`-${target}`) && !NOT_CHIPS.test(name);
}

function whyNone({ head }: PullRequest, runs: readonly HeadRun[], older: readonly HeadRun[]): string {
  const pending = runs.find(({ finished }) => !finished);
  if (pending !== undefined)
    return `run ${pending.id} of ${head.sha} is ${printable(pending.state)}: wait for it, or run it again`;
  if (runs.length > 0)
    return `the gate of ${head.sha} left none, as where no model changed: look at the report of run ${runs[0].id}`;
  const last = older.find((each) => each.head !== head.sha);
  return last === undefined
    ? `no workflow has run on ${head.sha}: approve its workflows or resolve its conflicts, and wait for the gate`
    : `its head moved on from ${last.head}, which run ${last.id} judged, to ${head.sha}: wait for the gate`;
}

function nameOf({ model, target }: Wanted): string {
  return model === undefined ? `target ${target}` : `target ${target} of model ${model}`;
}

/** Names of artifacts without what is common to all. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => printable(name.slice(PREFIX.length)));
  return names.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}
