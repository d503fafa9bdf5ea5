import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meanAveragePrecision } from '../../../src/metrics/detection/average-precision.ts';
import type { ImageScore, Matched } from '../../../src/metrics/detection/match-boxes.ts';
import { resolveMetric } from '../../../src/metrics/index.ts';
import type { Outputs } from '../../../src/metrics/metric.ts';
import { outputs, tensor } from './tensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxes-'));
  await writeFile(
    join(folder, 'decode.mjs'),
    'export default (outputs, names) => [{ class: 1, score: 0.9, box: [...outputs[names[0]].data] }];',
  );
  await writeFile(join(folder, 'wrong.mjs'), 'export default () => [{ class: 0.5 }];');
});
afterAll(() => rm(folder, { recursive: true }));

const make = (options: object, name = 'map') =>
  resolveMetric({ name, options: { ...options } }, { folder, root: folder });

/** Objects of an image of 200 x 100: class, x, y, width, height. */
const label = (...boxes: [number, number, number, number, number][]) => ({
  image: 1,
  width: 200,
  height: 100,
  boxes: boxes.map(([id, ...box]) => ({ category: 10 * id, class: id, box, crowd: false })),
});
const ALL = 2 ** 10 - 1;
/** What is found of an image: class, rounded score, and whether it is right everywhere, nowhere or in between. */
async function found(options: object, given: Outputs, of: ReturnType<typeof label>) {
  const metric = await make(options);
  const score = metric.score(given, of, undefined, Object.keys(given)) as never as ImageScore;
  return score.found.map(([id, value, right]) => [id, Number(value.toFixed(3)), right]);
}

describe('layouts', () => {
  it('yolov8 is [1, 4 + C, N] of centres, sizes and scores, suppressed within each class', async () => {
    const columns = [
      [50, 40, 20, 10, 0.9, 0],
      [51, 40, 20, 10, 0.8, 0],
      [51, 40, 20, 10, 0, 0.7],
    ];
    const values = columns[0]!.flatMap((_, k) => columns.map((column) => column[k]!));
    const given = outputs(values, [1, 6, 3]);
    const one = label([0, 40, 35, 20, 10]);
    expect(await found({ layout: 'yolov8' }, given, one)).toEqual([
      [0, 0.9, ALL],
      [1, 0.7, 0],
    ]);
    expect(await found({ layout: 'yolov8', nms: 1 }, given, one)).toHaveLength(3);
    expect(await found({ layout: 'yolov8', 'max-boxes': 1 }, given, one)).toHaveLength(1);
    expect(await found({ layout: 'yolov8', 'min-score': 0.85 }, given, one)).toHaveLength(1);
  });

  it('yolov5 is [1, N, 5 + C], whose scores are those of an object times those of classes', async () => {
    const given = outputs([50, 40, 20, 10, 0.5, 0.1, 0.8], [1, 1, 7]);
    expect(await found({ layout: 'yolov5', 'min-score': 0.1 }, given, label([1, 40, 35, 20, 10]))).toEqual([
      [1, 0.4, ALL],
    ]);
  });

  it('end-to-end is [1, N, 6] of corners, score and class', async () => {
    const given = outputs([40, 35, 60, 45, 0.9, 1, 0, 0, 0, 0, 0, 0], [1, 2, 6]);
    expect(await found({ layout: 'end-to-end' }, given, label([1, 40, 35, 20, 10]))).toEqual([[1, 0.9, ALL]]);
  });

  it('boxes, scores and classes are outputs of their own, in any order of corners, by the ids of categories', async () => {
    const given = {
      boxes: tensor([0.35, 0.2, 0.45, 0.3], [1, 1, 4]),
      classes: tensor([10], [1, 1]),
      scores: tensor([0.9], [1, 1]),
    };
    const options = { boxes: 'boxes', scores: 'scores', classes: 'classes' };
    const more = { corners: 'yxyx', size: [1, 1], 'class-ids': 'category' };
    expect(await found({ ...options, ...more }, given, label([1, 40, 35, 20, 10]))).toEqual([[10, 0.9, ALL]]);
  });

  it('scores may be of each class, the first of none', async () => {
    const given = {
      boxes: tensor([40, 35, 20, 10, 41, 35, 20, 10], [2, 4]),
      scores: tensor([0.1, 0.8, 0.1, 0.2, 0.7, 0.1], [2, 3]),
    };
    const options = { boxes: 'boxes', scores: 'scores', corners: 'xywh', background: true };
    const near = { ...options, 'min-score': 0.5 };
    expect(await found(near, given, label([0, 40, 35, 20, 10]))).toEqual([[0, 0.8, ALL]]);
  });

  it('a module makes detections of what it likes, and is told what is wrong with them', async () => {
    const given = { a: tensor([40, 35, 60, 45]), 1: tensor([0, 0, 1, 1]) };
    const metric = await make({ decode: './decode.mjs' });
    const score = metric.score(given, label([1, 40, 35, 20, 10]), undefined, ['a', '1']);
    expect(score).toEqual({ truth: [[1, 1]], found: [[1, 0.9, ALL, 0]] });
    expect(metric.reads).toBe('any');
    const wrong = await make({ decode: './wrong.mjs' });
    expect(() => wrong.score(given, label(), undefined)).toThrow(
      'module ./wrong.mjs: detections.0.class: Invalid input',
    );
  });

  it('are told from outputs of another shape, and from labels without boxes', async () => {
    const metric = await make({ layout: 'yolov8' });
    expect(() => metric.score(outputs([1, 2]), label(), undefined)).toThrow(
      'output "y" is [1, 2], the layout is [1, 4 + C, N]',
    );
    expect(() => metric.score(outputs([1, 2]), 3, undefined)).toThrow('name the .json of COCO');
  });
});

describe('size', () => {
  const box = (x1: number, y1: number, x2: number, y2: number) =>
    outputs([x1, y1, x2, y2, 0.9, 0], [1, 1, 6]);
  const wanted = label([0, 40, 30, 20, 10]);

  it('is what an image was stretched to', async () => {
    const options = { layout: 'end-to-end', size: [100, 100] };
    expect(await found(options, box(20, 30, 30, 40), wanted)).toEqual([[0, 0.9, ALL]]);
  });

  it('has bars above and below where it is a letterbox', async () => {
    const options = { layout: 'end-to-end', size: [100, 100], letterbox: true };
    expect(await found(options, box(20, 40, 30, 45), wanted)).toEqual([[0, 0.9, ALL]]);
  });
});

describe('mAP over picks', () => {
  const bits = fc.integer({ min: 0, max: ALL });
  const entry: fc.Arbitrary<Matched> = fc.tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    bits,
    fc.constant(0),
  );
  const image = fc.record({
    truth: fc.constant<[number, number][]>([
      [0, 2],
      [1, 1],
    ]),
    found: fc.array(entry, { maxLength: 6 }),
  });

  it('is that of the images that are picked, each as often as it is', () => {
    fc.assert(
      fc.property(
        fc.array(image, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
        (images, picks) => {
          const indices = picks.map((pick) => pick % images.length);
          const copies = indices.map((i) => images[i]!);
          const all = copies.map((_, i) => i);
          // Equal scores of different images have no order that is theirs.
          const scores = images.flatMap(({ found }) => found.map(([, score]) => score));
          fc.pre(new Set(scores).size === scores.length);
          expect(meanAveragePrecision(images, 10)(indices)).toBeCloseTo(
            meanAveragePrecision(copies, 10)(all),
            12,
          );
        },
      ),
    );
  });

  it('is 1 where all is found and nothing else, and has no value without an object', () => {
    const perfect: ImageScore = { truth: [[3, 1]], found: [[3, 0.5, ALL, 0]] };
    expect(meanAveragePrecision([perfect], 10)([0, 0])).toBe(1);
    expect(() => meanAveragePrecision([{ truth: [], found: [] }], 10)([0])).toThrow(
      'none of the images has a box',
    );
  });
});
