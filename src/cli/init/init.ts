import type { Config } from '../../config/config.ts';
import { firstLimits } from '../../config/limits.ts';
import { unknownChip } from '../../config/unknown-chip.ts';
import { quote, UserError } from '../../errors.ts';
import { type Runtime, startRuntime } from '../../runtime/runtime.ts';
import { toldRuntime } from '../../supervision/told.ts';
import { chipNamed, type NamedChip } from '../../targets/chip-names.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { openContext } from '../context.ts';
import { dryRun } from '../dry-run.ts';
import { exitCodes } from '../exit-codes.ts';
import type { World } from '../world.ts';
import { gitIn } from './git.ts';
import { planInit } from './plan-init.ts';
import { CONFIG } from './working-tree.ts';
import { writeFiles } from './write-files.ts';

/** What init needs of the world. */
type InitWorld = Omit<World, 'github' | 'terminal' | 'show'>;

/**
 * Looks at the models and data of a repository, and writes a commented quantgate.yml for them and the workflows that gate its
 * pull requests, report on them and obey commands. What is there stays: models are added to a quantgate.yml. All or nothing.
 *
 * @returns 0
 * @throws UserError for a name that is no target's, where all models have to be fetched first, or when a file cannot be written
 */
export async function init(
  options: { readonly force?: boolean; readonly target?: readonly string[] },
  world: InitWorld,
): Promise<number> {
  const { cwd, print, tell } = world;
  const targets = options.target?.map(namedTarget);
  let runtime: Promise<Runtime> | undefined;
  const looker = {
    root: cwd,
    git: gitIn(cwd),
    runtime: () => {
      tell({ kind: 'measuring', limits: firstLimits });
      runtime ??= startRuntime('cpu').then((started) => toldRuntime(started, tell));
      return runtime;
    },
    now: () => performance.now(),
  };
  const { files, lines, isRunnable } = await planInit(looker, { force: options.force === true, targets });
  await writeFiles(cwd, files);
  for (const path of files.keys()) print(`wrote ${path}`);
  for (const line of lines) print(line);
  const isReady = isRunnable && (await canRun(world));
  print(isReady ? READY : UNREADY);
  return 0;
}

const THEN = `${shellCommand('run')}, commit, then ${shellCommand('protect', '--repo', 'OWNER/REPO')} makes the gate a required check`;
const READY = `next: look at the data and the budget in quantgate.yml, ${THEN}`;
const UNREADY = `next: correct quantgate.yml as said above, ${THEN}`;

/** Says what a run by the configuration that was written would measure, and what is in its way. */
async function canRun(world: InitWorld): Promise<boolean> {
  const asked = { path: CONFIG, provider: undefined, adjusted: (all: Config) => all };
  const { config, context } = await openContext(asked, world);
  return (await dryRun(config, context, world)) === exitCodes.pass;
}

function namedTarget(name: string): NamedChip {
  const named = chipNamed(name);
  if (named === undefined) throw new UserError(`--target ${quote(name)} ${unknownChip(name)}`);
  return named;
}
