import { UserError } from '../errors.ts';
import { firstOutput, type Values } from './first-output.ts';
import type { Outputs, Reference } from './metric.ts';

/** `keep` of the metrics that compare output values. */
export function keepValues(outputs: Outputs): Float32Array {
  return new Float32Array(firstOutput(outputs).values);
}

/**
 * The first output beside the FP32 values kept of it.
 *
 * @throws UserError when their sizes differ
 */
export function besideKept(
  outputs: Outputs,
  reference: Reference | undefined,
): Values & { fp32: Float32Array } {
  const output = firstOutput(outputs);
  if (!(reference instanceof Float32Array) || reference.length !== output.values.length) {
    throw new UserError(`no FP32 values of the size of output "${output.name}": make the baseline again`);
  }
  return { ...output, fp32: reference };
}
