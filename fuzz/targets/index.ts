import type { Samples } from '../samples.ts';
import type { FuzzTarget } from '../target.ts';
import { commandLineTarget } from './command-line.ts';
import { dataTargets } from './data.ts';
import { elsewhereTargets } from './elsewhere.ts';
import { modelTargets } from './models.ts';
import { recordTargets } from './records.ts';
import { textTargets } from './texts.ts';

/** Everything that reads what a stranger may have made. */
export function fuzzTargets(samples: Samples): FuzzTarget[] {
  return [
    ...modelTargets(samples),
    ...dataTargets(),
    ...elsewhereTargets(),
    ...recordTargets(samples),
    ...textTargets(samples),
    commandLineTarget(samples),
  ];
}
