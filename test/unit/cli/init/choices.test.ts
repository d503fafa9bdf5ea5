import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxMetric, chooseMetric } from '../../../../src/cli/init/choose-metric.ts';
import { chooseRanges, isSortedByClass } from '../../../../src/cli/init/choose-ranges.ts';
import { usualPreprocessings } from '../../../../src/cli/init/preprocessings.ts';
import { floats, random } from '../../../support/models.ts';

describe('the ranges', () => {
  it('of any number of samples have none in common, and leave none out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e6 }), (samples) => {
        const { calibration, evaluation, problem } = chooseRanges(samples);
        expect([calibration[0], calibration[1], evaluation[1]]).toEqual([0, evaluation[0], samples]);
        expect(calibration[1]).toBeGreaterThan(0);
        expect(evaluation[1]).toBeGreaterThan(evaluation[0]);
        expect(problem === undefined).toBe(evaluation[1] - evaluation[0] >= 380);
        if (samples >= 200) {
          expect(calibration[1]).toBeGreaterThanOrEqual(100);
          expect(calibration[1]).toBeLessThanOrEqual(500);
        }
      }),
    );
  });

  it('of one sample say so', () => {
    expect(chooseRanges(1)).toMatchObject({ calibration: [0, 1], evaluation: [0, 1] });
    expect(chooseRanges(1).problem).toContain('one sample');
  });

  it('of samples in the order of their classes are found', () => {
    const sorted = Array.from({ length: 1000 }, (_, i) => Math.floor(i / 100));
    expect(isSortedByClass(sorted, 200)).toBe(true);
    expect(
      isSortedByClass(
        sorted.map((_, i) => i % 10),
        200,
      ),
    ).toBe(false);
    expect(
      isSortedByClass(
        sorted.map((_, i) => i),
        200,
      ),
    ).toBe(false);
  });
});

const output = (dims: number[], name = 'y') => ({ name, tensor: random(dims) });
const ids = { kind: 'classes' as const, path: 'l.npy', ids: [0, 3, 2] };
const id = { name: 'id', tensor: { type: 'int64' as const, dims: [1], data: BigInt64Array.of(3n) } };

describe('the metric', () => {
  it.each([
    ['scores of classes', [output([1, 4])], ids, { name: 'top1', labels: 'l.npy' }],
    ['class ids that come with the samples', [output([1, 4])], { ...ids, path: undefined }, { name: 'top1' }],
    ['an id', [id], ids, { name: 'top1' }],
    [
      'the output that has as many',
      [output([1, 9, 9], 'map'), output([1, 4])],
      ids,
      { name: 'top1', output: 'y' },
    ],
    [
      'pictures',
      [output([1, 1, 4, 4])],
      { kind: 'tensors' as const, path: 't.npy', first: [floats([1, 1, 4, 4], Array(16).fill(0.5))] },
      { name: 'psnr', labels: 't.npy' },
    ],
    [
      'values',
      [output([1, 2])],
      { kind: 'tensors' as const, path: 't.npy', first: [floats([1, 2], [7, -1])] },
      { name: 'mae' },
    ],
    ['no labels', [output([1, 4])], undefined, { name: 'agreement' }],
    ['no labels and no scores', [output([1, 9, 9])], undefined, { name: 'cosine' }],
  ])('of %s', (_, outputs, labels, expected) => {
    expect(chooseMetric(outputs, labels)).toMatchObject(expected);
  });

  it.each([
    [
      'ids from 1',
      [output([1, 3])],
      { ...ids, ids: [1, 2, 3] },
      'the model has 3 classes: count them from 0',
    ],
    [
      'too many classes',
      [output([1, 3])],
      { ...ids, ids: [0, 9] },
      'class ids up to 9, the model has 3 classes',
    ],
    [
      'one of many',
      [output([1, 3])],
      { kind: 'tensors' as const, path: 't.npy', first: [floats([1, 3], [0, 1, 0])] },
      'save numpy.argmax',
    ],
    [
      'masks',
      [output([1, 3, 4, 4])],
      { kind: 'tensors' as const, path: 't.npy', first: [random([1, 4, 4])] },
      'which no built-in metric compares',
    ],
    ['boxes', [output([1, 3, 4, 4])], { kind: 'boxes' as const, path: 'b.json' }, 'b.json has boxes'],
    ['nothing', [output([1, 3])], undefined, 'no labels were found'],
  ])('of labels that are %s says what to do', (_, outputs, labels, problem) => {
    expect(chooseMetric(outputs, labels).problem).toContain(problem);
  });

  it.each([
    [[1, 84, 8400], 'yolov8'],
    [[1, 25200, 85], 'yolov5'],
    [[1, 300, 6], 'end-to-end'],
    [[1, 95, 22, 22], undefined],
    [[1, 1000], undefined],
  ])('of boxes and an output of [%s] is by the layout %s', (dims, layout) => {
    expect(boxMetric([output(dims)], 'b.json', [640, 480])?.options?.layout).toBe(layout);
  });
});

describe('usual preprocessings', () => {
  const named = (values: Partial<Parameters<typeof usualPreprocessings>[0]>) =>
    usualPreprocessings({ least: 0, most: 255, isWhole: true, channels: 3, ...values }).map(
      ({ name }) => name,
    );

  it('begin with none, and are as many as the values allow', () => {
    expect(named({})).toHaveLength(5);
    expect(named({ channels: 1 })).toHaveLength(4);
    expect(named({ channels: undefined })).toHaveLength(3);
    expect(named({ isWhole: false, most: 1 })).toHaveLength(4);
    expect(named({ least: -3.5, isWhole: false })).toEqual(['as they are']);
    for (const values of [{}, { channels: 1 }, { most: 1 }]) expect(named(values)[0]).toBe('as they are');
  });
});
