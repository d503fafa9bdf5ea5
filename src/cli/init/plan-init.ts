import { extname } from 'node:path';
import { addModels } from '../../config/add-models.ts';
import { UserError } from '../../errors.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { NamedChip } from '../../targets/chip-names.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { configText, entryTexts, exampleEntry, type ModelEntry, uniqueNames } from './config-text.ts';
import { describeEntry } from './describe-entry.ts';
import type { MissingData } from './find-data.ts';
import { type FoundModel, findModels } from './find-models.ts';
import type { Git } from './git.ts';
import { type Looked, lookAtModel } from './look-at-model.ts';
import { workflowTexts } from './workflows.ts';
import {
  CONFIG,
  ignoreFile,
  isThere,
  readWorkingTree,
  treeLines,
  type WorkingTree,
  workflowFacts,
} from './working-tree.ts';

/** What init will write and say. */
export interface InitPlan {
  /** Texts by relative path. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether the configuration names more than an example. */
  readonly isRunnable: boolean;
  readonly lines: readonly string[];
}

/** What a repository is looked at with. */
export interface Looker {
  readonly root: string;
  readonly git: Git;
  /** Started where a model is to be run. */
  readonly runtime: () => Promise<Runtime>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** What is asked of init. */
export interface InitOptions {
  /** Whether what is there is written anew. */
  readonly force: boolean;
  readonly targets: readonly NamedChip[] | undefined;
}

/** Of one configuration. */
const MAX_MODELS = 64;

/**
 * Looks at a repository and decides on all that is to be written. Nothing is.
 *
 * @throws UserError where all models have to be fetched first, or the configuration that is there cannot be read or added to
 */
export async function planInit(looker: Looker, { force, targets }: InitOptions): Promise<InitPlan> {
  const { root } = looker;
  const repository = await readWorkingTree(root, looker.git, looker.now);
  const config = force ? undefined : repository.config;
  const models = await modelsOf(looker, repository, config);
  const { entries, isPointing } = models;
  if (entries.length === 0 && config === undefined && models.unfetched.length > 0)
    throw new UserError([...models.unfetched, ...models.lines].join('\n'));
  const facts = await workflowFacts(root, repository, isPointing);
  const files = new Map<string, string>();
  const lines = [...models.lines, ...models.unfetched];
  if (config === undefined) {
    files.set(CONFIG, configText(entries.length > 0 ? entries : [exampleEntry()], targets));
    if (entries.length === 0) lines.push(`no .onnx file was found: ${CONFIG} names an example`);
  } else if (entries.length > 0)
    files.set(CONFIG, addModels(config.text, entryTexts(entries, targets), CONFIG));
  else lines.push(`${CONFIG} has every model that was found: it stays as it is`);
  for (const [path, text] of Object.entries(workflowTexts(facts)))
    if (force || !(await isThere(root, path))) files.set(path, text);
    else lines.push(`${path} is there already: it stays as it is`);
  for (const [path, text] of await ignoreFile(root, repository)) files.set(path, text);
  lines.push(...treeLines(repository, facts));
  return { files, isRunnable: config !== undefined || models.hasData, lines };
}

interface NewModels {
  readonly entries: readonly ModelEntry[];
  /** Whether one of them has data. */
  readonly hasData: boolean;
  readonly lines: readonly string[];
  /** What has to be fetched first, a line each. */
  readonly unfetched: readonly string[];
  /** Whether Git LFS left pointers. */
  readonly isPointing: boolean;
}

/** The models that a configuration has not, each looked at. */
async function modelsOf(
  looker: Looker,
  { survey, dvc }: WorkingTree,
  config: WorkingTree['config'],
): Promise<NewModels> {
  const known = new Set(config?.models.flatMap(({ path, reference }) => [path, reference ?? path]));
  const there = survey.files.filter((path) => extname(path).toLowerCase() === '.onnx');
  const found = await findModels(
    looker.root,
    there.filter((path) => !known.has(path)),
  );
  const fresh = found.models.slice(0, MAX_MODELS - (config?.models.length ?? 0));
  const lines: string[] = [...found.problems];
  if (fresh.length < found.models.length)
    lines.push(
      `${CONFIG} has at most ${MAX_MODELS} models: ${found.models.length - fresh.length} are left out`,
    );
  const unfetched = [
    ...found.pointers.map((path) => `${path} is a Git LFS pointer: fetch it with git lfs pull${AGAIN}`),
    ...dvc.missing.map((path) => `${path} is tracked by DVC and not here: fetch it with dvc pull${AGAIN}`),
  ];
  const names = uniqueNames(
    fresh.map(({ path }) => path),
    config?.models.map(({ name }) => name),
  );
  const entries: ModelEntry[] = [];
  let [isPointing, hasData] = [found.pointers.length > 0, false];
  for (const [i, model] of fresh.entries()) {
    const looked = await lookAt(model, there, survey, looker);
    if ('missing' in looked && (looked.isPointer || dvc.missing.length > 0)) {
      isPointing ||= looked.isPointer;
      if (looked.isPointer) unfetched.push(`${model.path}: ${looked.missing}${AGAIN}`);
      continue;
    }
    const described = describeEntry(model, names[i], looked);
    hasData ||= !('missing' in looked);
    entries.push(described.entry);
    lines.push(...described.lines);
  }
  return { entries, hasData, lines, unfetched, isPointing };
}

const AGAIN = `, then run ${shellCommand('init')} again`;

function lookAt(
  { path, header, reference }: FoundModel,
  all: readonly string[],
  survey: WorkingTree['survey'],
  { root, runtime, now }: Looker,
): Promise<Looked | MissingData> {
  const others = all.filter((each) => each !== path && each !== reference);
  const model = { model: path, others, runs: reference ?? path, ports: header.inputs };
  return lookAtModel(model, { place: { folder: root, root }, survey, runtime, now });
}
