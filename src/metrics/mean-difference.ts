import { firstOutput } from './first-output.ts';
import type { Outputs } from './metric.ts';
import { tensorLabel } from './tensor-label.ts';

/** Mean of `distance(output, label)` over the elements of one sample. */
export function meanDifference(
  outputs: Outputs,
  label: unknown,
  distance: (output: number, label: number) => number,
): number {
  const { values } = firstOutput(outputs);
  const wanted = tensorLabel(label, values.length).values;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += distance(values[i], Number(wanted[i]));
  return sum / values.length;
}
