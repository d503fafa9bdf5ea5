import { folderStore, saveBaseline } from '../../baseline/store.ts';
import { earlierHistory, withHistory } from '../../baseline/with-history.ts';
import { recordBaselines } from '../../pipeline/judge-models.ts';
import { recordedLines } from '../../pipeline/measure-baseline.ts';
import { shellCommand } from '../../words/shell-command.ts';
import { type ComputeOptions, openComputation, refuseIncomplete } from '../compute.ts';
import { sayNext } from '../say-next.ts';
import type { World } from '../world.ts';

/**
 * Measures FP32 and every target, and writes a baseline for each model.
 *
 * @throws UserError as `runCommand`
 */
export async function baselineCommand(options: ComputeOptions, world: World): Promise<number> {
  const { config, context, out } = await openComputation(options, world);
  const input = { config, commit: null, date: new Date() };
  const problems = await recordBaselines(input, context, async (measured) => {
    const { baseline } = measured;
    const earlier = await earlierHistory(folderStore(out), baseline.model, (why) =>
      world.print(`warning: ${why}`),
    );
    const path = await saveBaseline(out, withHistory(baseline, earlier));
    for (const line of recordedLines(measured, path)) world.print(line);
    for (const problem of measured.problems) world.print(`warning: not in the baseline: ${problem}`);
  });
  refuseIncomplete(problems);
  sayNext(`compare with it: \`${shellCommand('run', '--baseline', options.out)}\``, world);
  return 0;
}
