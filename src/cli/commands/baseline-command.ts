import { saveBaseline } from '../../baseline/store.ts';
import { recordBaselines } from '../../pipeline/judge-models.ts';
import { type ComputeOptions, openComputation, refuseIncomplete } from '../compute.ts';
import type { World } from '../world.ts';

/**
 * Measures FP32 and writes a baseline for each model.
 *
 * @throws UserError as `runCommand`
 */
export async function baselineCommand(options: ComputeOptions, world: World): Promise<number> {
  const { config, context, out } = await openComputation(options, world);
  const input = { config, commit: null, date: new Date() };
  const problems = await recordBaselines(input, context, async (each) => {
    const path = await saveBaseline(out, each);
    world.print(`${each.model}: ${each.metric} ${each.value} on ${each.scores.length} samples, in ${path}`);
  });
  refuseIncomplete(problems);
  return 0;
}
