import { describe, expect, it } from 'vitest';
import { labelPaths, nearestFirst, roleOf, samplePaths } from '../../../../src/cli/init/nearness.ts';

const survey = (files: string[], pictures: string[] = [], tensors: string[] = []) => ({
  files,
  pictures: new Map(pictures.map((folder) => [folder, 3])),
  tensors: new Map(tensors.map((folder) => [folder, 3])),
  cut: undefined,
});

describe('what may be samples', () => {
  it.each<[string, Parameters<typeof survey>, string[]]>([
    ['arrays and lists', [['a.npy', 'b.NPZ', 'c.csv', 'd.json', 'e.onnx']], ['a.npy', 'b.NPZ', 'c.csv']],
    ['a folder of classes', [[], ['pets/cat', 'pets/dog']], ['pets']],
    [
      'each part of a folder of parts',
      [[], ['images/train', 'images/val2017']],
      ['images/train', 'images/val2017'],
    ],
    ['classes of each part', [[], ['d/val/a', 'd/val/b', 'd/train/a', 'd/train/b']], ['d/train', 'd/val']],
    ['a folder of pictures', [[], ['', 'one']], ['.', 'one']],
    ['a list, not what it lists', [['d/images.csv'], ['d', 'd/i/a', 'd/i/b', 'e']], ['d/images.csv', 'e']],
    ['a table', [['data/test-00000-of-00001.parquet', 'a.md'], []], ['data/test-00000-of-00001.parquet']],
    ['tensors', [[], [], ['t', 'm/test_data_set_0', 'm/test_data_set_1']], ['m', 't']],
  ])('is %s', (_, given, found) => {
    expect(samplePaths(survey(...given))).toEqual(found);
  });
});

describe('the data of a model', () => {
  it.each([
    ['its own folder', 'a/m.onnx', ['a/x.npy', 'x.npy', 'data/x.npy'], 'a/x.npy'],
    ['a folder below it', 'a/m.onnx', ['data/inputs.npy', 'a/data/deep/x.npy'], 'a/data/deep/x.npy'],
    ['a folder beside it', 'models/m.onnx', ['x/y/z/inputs.npy', 'data/inputs.npy'], 'data/inputs.npy'],
    ['what has its name', 'models/kws.onnx', ['data/inputs.npy', 'data/kws/x.npy'], 'data/kws/x.npy'],
    ['what is named like samples', 'm.onnx', ['labels.npy', 'other.npy', 'inputs.npy'], 'inputs.npy'],
  ])('are of %s', (_, model, paths, first) => {
    expect(nearestFirst(paths, { model, others: [] })[0]).toBe(first);
  });

  it('are not those of another model', () => {
    const paths = ['b/inputs.npy', 'b/data/inputs.npy', 'data/inputs.npy'];
    expect(nearestFirst(paths, { model: 'a/m.onnx', others: ['b/m.onnx'] })).toEqual(['data/inputs.npy']);
    expect(nearestFirst(paths, { model: 'b/n.onnx', others: ['b/m.onnx'] })[0]).toBe('b/inputs.npy');
  });
});

describe('the labels of samples', () => {
  it.each([
    ['d/inputs.npy', ['labels.npy', 'd/other.npy', 'd/labels.npy'], 'd/labels.npy'],
    ['x_test.npy', ['y_train.npy', 'y_test.npy'], 'y_test.npy'],
    ['d/val_images.npy', ['d/train_labels.npy', 'd/val_labels.npy'], 'd/val_labels.npy'],
    ['images', ['annotations/instances_val.json', 'package.json'], 'annotations/instances_val.json'],
  ])('of %s', (inputs, files, first) => {
    expect(labelPaths(files, inputs)[0]).toBe(first);
  });
});

it.each([
  ['data/calib.npy', 'calibration'],
  ['data/train_images', 'calibration'],
  ['val.npy', 'evaluation'],
  ['x_test.npz', 'evaluation'],
  ['inputs.npy', undefined],
  ['retrained.npy', undefined],
])('%s is for %s', (path, role) => {
  expect(roleOf(path)).toBe(role);
});
