import { change, count, percent } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import type { JudgedTarget } from './report-schema.ts';

/** What a target did that was run for real, beside its emulation; undefined where none was. */
export function realRunSentence({
  realInt8,
  metric: { unit },
}: Pick<JudgedTarget, 'realInt8' | 'metric'>): string | undefined {
  if (realInt8 === undefined) return undefined;
  const { quantized, drop, agreement, differing, beside } = realInt8;
  const alike =
    beside === undefined
      ? `${percent(agreement)} of the samples`
      : `${count(beside.samples - differing)} of ${count(beside.samples)} samples`;
  return (
    `run for real by ONNX Runtime's int8 kernels: ${measured(quantized, unit)}, drop ${change(drop, unit)}; ` +
    `the greatest output is that of the emulation in ${alike}`
  );
}
