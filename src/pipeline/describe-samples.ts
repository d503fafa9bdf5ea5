import type { JudgedTarget } from '../report/report-schema.ts';
import { MAX_WORST_SAMPLES } from '../report/samples-schema.ts';
import { FP32 } from './evaluate.ts';
import type { Evidence } from './evidence.ts';
import type { TargetResult } from './judge.ts';
import type { Prepared } from './prepare.ts';

/** The samples that quantization makes worse; none where a metric gives a sample no number. */
export function describeSamples(
  { metric, config }: Prepared,
  { scores, greatest, looked }: TargetResult,
  { fp32, evaluations }: Evidence,
): Pick<JudgedTarget, 'worstSamples'> {
  const [first] = config.evaluation.range ?? [0];
  // A stored FP32 has scores alone.
  const before = evaluations.get(FP32)?.greatest;
  const isClass = metric.labels === 'class';
  const placeOf = (index: number) => looked?.places[index] ?? index;
  const losses = scores.flatMap((score, index) => {
    const reference = fp32.scores[placeOf(index)];
    if (typeof score !== 'number' || typeof reference !== 'number') return [];
    const loss = metric.higherIsBetter ? reference - score : score - reference;
    if (!(loss > 0 && Number.isFinite(loss))) return [];
    return [{ index, loss, reference, score }];
  });
  const worst = losses.sort((a, b) => b.loss - a.loss || a.index - b.index).slice(0, MAX_WORST_SAMPLES);
  if (worst.length === 0) return {};
  const predicted = (classes: readonly number[] | undefined, index: number) => {
    const prediction = classes?.[index];
    return isClass && Number.isInteger(prediction) ? { prediction } : {};
  };
  return {
    worstSamples: worst.map(({ index, reference, score }) => ({
      sample: first + placeOf(index),
      fp32: { score: reference, ...predicted(before, placeOf(index)) },
      int8: { score, ...predicted(greatest, index) },
    })),
  };
}
