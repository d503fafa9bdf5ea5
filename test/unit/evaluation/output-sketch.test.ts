import { describe, expect, it } from 'vitest';
import { emptySketch, mergeSketches, sketchSample } from '../../../src/evaluation/output-sketch.ts';
import { summarizeOutputs } from '../../../src/evaluation/output-summary.ts';
import { agreement } from '../../../src/metrics/agreement.ts';
import { cosine } from '../../../src/metrics/cosine.ts';
import { onOutput } from '../../../src/metrics/index.ts';
import { mae } from '../../../src/metrics/mae.ts';
import type { Metric } from '../../../src/metrics/metric.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { floats } from '../../support/models.ts';

const row = (...values: number[]) => floats([1, values.length], values);
const id = (value: number): Tensor => ({ type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(value)) });

function sketchOf(metric: Metric, samples: readonly (readonly [output: Tensor, label?: unknown])[]) {
  const sketch = emptySketch();
  for (const [y, label] of samples) sketchSample(sketch, metric, { y, other: row(samples.length) }, label);
  return sketch;
}
const summary = (...given: Parameters<typeof sketchOf>) =>
  summarizeOutputs(
    sketchOf(...given),
    given[1].map(() => 1),
  );

describe('the sketch of outputs', () => {
  const reading = onOutput(top1, 'y');

  it('knows how many classes are scored', () => {
    expect(sketchOf(reading, [[row(1, 2, 3), 0]]).classes).toBe(3);
    expect(sketchOf(reading, [[id(2), 0]]).classes).toBeNull();
    expect(sketchOf(onOutput(mae, 'y'), [[row(1, 2, 3), row(1)]]).classes).toBeNull();
    expect(sketchOf(onOutput(cosine, 'y'), [[row(0.5, 2, 3)]]).classes).toBeNull();
    expect(sketchOf(onOutput(cosine, 'y'), [[row(0.5, 0.25, 0.25)]]).classes).toBe(3);
    expect(sketchOf(onOutput(agreement, 'y'), [[floats([1, 2, 2], [1, 2, 3, 4])]]).classes).toBeNull();
  });

  it('sees outputs that are the same, to the bit, where the metric reads', () => {
    const same = [row(1, 2), row(1, 2), row(1, 2)].map((y) => [y, 0] as const);
    expect(summary(reading, same).isConstant).toBe(true);
    expect(summary(reading, [...same, [row(1, 2.0000002), 0]]).isConstant).toBe(false);
    // Class ids and empty lists are the same by their nature.
    expect(summary(reading, [[id(1)], [id(1)]]).isConstant).toBe(false);
    expect(summary(reading, [[row()], [row()]]).isConstant).toBe(false);
  });

  it('sees labels that are the same, of whatever kind', () => {
    const labelled = (...labels: unknown[]) =>
      summary(
        reading,
        labels.map((label) => [row(1, 2), label]),
      ).isLabelConstant;
    expect(labelled(3, 3)).toBe(true);
    expect(labelled(3, 4)).toBe(false);
    expect(labelled(row(1), row(1))).toBe(true);
    expect(labelled(row(1), row(2))).toBe(false);
    expect(labelled(undefined, undefined)).toBe(false);
    expect(labelled({ boxes: [1] }, { boxes: [1] })).toBe(true);
  });

  it('counts how many labels are the commonest prediction', () => {
    const samples = [1, 1, 2].map((label) => [row(1, 2), label] as const);
    expect(summary(reading, samples)).toMatchObject({ samples: 3, commonest: 3, labelledSo: 2 });
    expect(summary(onOutput(agreement, 'y'), samples).labelledSo).toBeNull();
  });

  it('is that of the whole when it is merged of parts', () => {
    const samples = [1, 1, 2, 3].map((label, i) => [row(1, i < 3 ? 2 : 5), label] as const);
    for (let cut = 0; cut <= samples.length; cut++) {
      const parts = [samples.slice(0, cut), samples.slice(cut)].map((part) =>
        sketchOf(onOutput(top1, 'y'), part),
      );
      expect(mergeSketches(parts), `cut at ${cut}`).toEqual(sketchOf(onOutput(top1, 'y'), samples));
    }
  });
});
