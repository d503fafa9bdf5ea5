import { firstLimits } from '../../config/limits.ts';
import { unknownChip } from '../../config/unknown-chip.ts';
import { quote, UserError } from '../../errors.ts';
import { type Runtime, startRuntime } from '../../runtime/runtime.ts';
import { toldRuntime } from '../../supervision/told.ts';
import { chipNamed, type NamedChip } from '../../targets/chip-names.ts';
import type { World } from '../world.ts';
import { gitIn } from './git.ts';
import { planInit } from './plan-init.ts';
import { writeFiles } from './write-files.ts';

/**
 * Looks at the models and data of a repository, and writes a commented quantgate.yml for them and the workflows that gate its
 * pull requests, report on them and obey commands. What is there stays: models are added to a quantgate.yml. All or nothing.
 *
 * @returns 0
 * @throws UserError for a name that is no target's, where all models have to be fetched first, or when a file cannot be written
 */
export async function init(
  options: { readonly force?: boolean; readonly target?: readonly string[] },
  { cwd, print, tell }: Pick<World, 'cwd' | 'print' | 'tell'>,
): Promise<number> {
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
  const { files, lines } = await planInit(looker, { force: options.force === true, targets });
  await writeFiles(cwd, files);
  for (const path of files.keys()) print(`wrote ${path}`);
  for (const line of lines) print(line);
  print(
    'next: check the data and the budget in quantgate.yml, run quantgate run, commit, then quantgate protect',
  );
  return 0;
}

function namedTarget(name: string): NamedChip {
  const named = chipNamed(name);
  if (named === undefined) throw new UserError(`--target ${quote(name)} ${unknownChip(name)}`);
  return named;
}
