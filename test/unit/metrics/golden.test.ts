import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cocoLabels } from '../../../src/data/coco-labels.ts';
import { meanAveragePrecision } from '../../../src/metrics/detection/average-precision.ts';
import { matchBoxes } from '../../../src/metrics/detection/match-boxes.ts';
import { resolveMetric } from '../../../src/metrics/index.ts';
import type { Metric } from '../../../src/metrics/metric.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { outputs } from './tensors.ts';

/** Values of scikit-learn 1.9.1 and pycocotools 2.0.11 on random samples. */
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/metrics.json'), 'utf8'));

const place = { folder: import.meta.dirname, root: import.meta.dirname };
const make = (name: string, options: object = {}) => resolveMetric({ name, options: { ...options } }, place);

const over = (metric: Metric, samples: readonly (readonly [number[], number[], unknown])[]) =>
  metric.aggregate(
    samples.map(([values, dims, label]) => metric.score(outputs(values, dims), label, undefined)),
  );

describe('of two classes', () => {
  const { labels, scores, auc, f1, f1Positive0 } = golden.binary;
  const single = labels.map((label: number, i: number) => [[scores[i]], [1, 1], label] as const);
  const pair = labels.map((label: number, i: number) => [[0, scores[i]], [1, 2], label] as const);

  it('auc is that of scikit-learn, with ties, of a value and of two classes', async () => {
    const metric = await make('auc');
    expect(over(metric, single)).toBeCloseTo(auc, 12);
    expect(over(metric, pair)).toBeCloseTo(auc, 12);
  });

  it('f1 is that of scikit-learn, of either class', async () => {
    expect(over(await make('f1', { threshold: 0 }), single)).toBeCloseTo(f1, 12);
    expect(over(await make('f1'), pair)).toBeCloseTo(f1, 12);
    expect(over(await make('f1', { threshold: 0, positive: 0 }), single)).toBeCloseTo(f1Positive0, 12);
  });
});

it('f1 of more than two classes is that of the class that is named, and of no other', async () => {
  const { labels, logits } = golden.classes;
  const samples = labels.map((label: number, i: number) => [logits[i], [1, 5], label] as const);
  const f1 = await make('f1');
  expect(() => over(f1, samples)).toThrow(
    'the model has 5 classes, and f1 is that of one: name it in metric.positive, or take f1-macro',
  );
  const id = (value: number): Tensor => ({ type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(value)) });
  expect(() => f1.score({ y: id(0) }, 2, undefined)).toThrow('the model has more than 2 classes, and f1');
  expect(over(await make('f1', { positive: 2 }), samples)).toBeGreaterThan(0);
  const beyond = await make('f1', { positive: 5 });
  expect(() => over(beyond, samples)).toThrow(
    "metric.positive 5 is outside the model's 5 classes (0 to 4): correct it",
  );
});

it('f1-macro is that of scikit-learn, with a class that is predicted and never a label', async () => {
  const { labels, logits, f1Macro } = golden.classes;
  const samples = labels.map((label: number, i: number) => [logits[i], [1, 5], label] as const);
  expect(over(await make('f1-macro'), samples)).toBeCloseTo(f1Macro, 12);
});

it('miou is jaccard_score of scikit-learn over all pixels that count', async () => {
  const { scores, labels, dims, miou } = golden.segmentation;
  const label = (ids: number[]): Tensor => ({ type: 'uint8', dims: [1, 5, 6], data: Uint8Array.from(ids) });
  const samples = scores.map(
    (values: number[], i: number) => [values, [1, ...dims], label(labels[i])] as const,
  );
  expect(over(await make('miou'), samples)).toBeCloseTo(miou, 12);
});

describe('of boxes', () => {
  it.each([0, 1, 2])('mAP is that of pycocotools, with crowds in two of three sets: set %i', (i) => {
    const { labels, detections, map, map50 } = golden.detection[i];
    const images = cocoLabels(labels, 'boxes.json') as never as {
      image: number;
      boxes: { category: number; box: number[]; crowd: boolean }[];
    }[];
    const corners = ([x, y, w, h]: number[]) => [x, y, x! + w!, y! + h!] as never;
    const scores = images.map(({ image, boxes }) =>
      matchBoxes(
        boxes.map(({ category, box, crowd }) => ({ class: category, box: corners(box), crowd })),
        detections
          .filter((each: { image_id: number }) => each.image_id === image)
          .map((each: { category_id: number; score: number; bbox: number[] }) => ({
            class: each.category_id,
            score: each.score,
            box: corners(each.bbox),
          })),
      ),
    );
    const all = scores.map((_, index) => index);
    expect(meanAveragePrecision(scores, 10)(all)).toBeCloseTo(map, 12);
    expect(meanAveragePrecision(scores, 1)(all)).toBeCloseTo(map50, 12);
  });
});
