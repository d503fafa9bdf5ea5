import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { refuseOwnResults, warningsOf } from '../../../src/action/change/change.ts';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import { touches, watchedBy } from '../../../src/action/change/watched-files.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import type { ChangedFiles } from '../../../src/github/pull-request.ts';
import { type ModelProto, TensorProto_DataLocation } from '../../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { tinyClassifier } from '../../support/models.ts';

/** The classifier, whose first weight lies in a file of this name. */
function withExternalData(location: string): ModelProto {
  const model = tinyClassifier();
  const [weight] = model.graph!.initializer;
  weight!.rawData = new Uint8Array();
  weight!.dataLocation = TensorProto_DataLocation.EXTERNAL;
  weight!.externalData = [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: location }];
  return model;
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantgate-watched-'));
  mkdirSync(join(root, 'ml/models'), { recursive: true });
  writeFileSync(join(root, 'ml/models/m.onnx'), serializeModel(tinyClassifier()));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const text = `version: 1
models:
  - name: m
    path: models/m.onnx
    calibration: { inputs: data/inputs.npy }
    evaluation: { inputs: { a: images/images.csv, b: folder }, labels: labels.npy, metric: top1 }
    targets: [tensorrt]
    budget: { max-drop: 1pp }
`;
const watched = (config = text) =>
  watchedBy(parseConfig(config, 'q.yml'), placeOfConfig(root, 'ml/quantgate.yml'));

async function isHit(path: string, previousPath?: string, config = text): Promise<boolean> {
  const all = await watched(config);
  return all!.some((each) => touches({ path, previousPath, status: 'modified' }, each));
}

describe('a change', () => {
  it.each([
    ['the configuration', 'ml/quantgate.yml'],
    ['the model', 'ml/models/m.onnx'],
    ['calibration data', 'ml/data/inputs.npy'],
    ['labels', 'ml/labels.npy'],
    ['an image beside its list', 'ml/images/deep/1.png'],
    ['a file in a folder of data', 'ml/folder/3.npy'],
    ['a submodule that has the models', 'ml/models'],
  ])('of %s counts', async (_, path) => {
    expect(await isHit(path)).toBe(true);
  });

  it.each([
    'README.md',
    'ml/models/m.onnx.md',
    'ml/models/other.onnx',
    'models/m.onnx',
    'ml/data/inputs.npy2',
  ])('of %s does not', async (path) => {
    expect(await isHit(path)).toBe(false);
  });

  it('of the file behind a link counts', async () => {
    rmSync(join(root, 'ml/models/m.onnx'));
    writeFileSync(join(root, 'real.onnx'), serializeModel(tinyClassifier()));
    symlinkSync('../../real.onnx', join(root, 'ml/models/m.onnx'));
    expect(await isHit('real.onnx')).toBe(true);
  });

  it('of any link on the way to a file counts', async () => {
    mkdirSync(join(root, 'v1/data'), { recursive: true });
    writeFileSync(join(root, 'v1/data/inputs.npy'), '');
    symlinkSync(join(root, 'v1'), join(root, 'current'));
    symlinkSync('../current/data', join(root, 'ml/data'));
    for (const path of ['ml/data', 'current', 'v1/data/inputs.npy'])
      expect(await isHit(path), path).toBe(true);
    expect(await isHit('v1/other')).toBe(false);
    rmSync(join(root, 'current'));
    expect(await isHit('current/data')).toBe(true);
  });

  it('of external data beside the model behind a link counts', async () => {
    mkdirSync(join(root, 'store'));
    writeFileSync(join(root, 'store/m.onnx'), serializeModel(withExternalData('m.data')));
    rmSync(join(root, 'ml/models/m.onnx'));
    symlinkSync('../../store/m.onnx', join(root, 'ml/models/m.onnx'));
    expect(await isHit('store/m.data')).toBe(true);
  });

  it('of external data behind a link beside the model counts, as in the cache of Hugging Face', async () => {
    mkdirSync(join(root, 'blobs'));
    writeFileSync(join(root, 'blobs/1'), serializeModel(withExternalData('m.onnx_data')));
    rmSync(join(root, 'ml/models/m.onnx'));
    symlinkSync('../../blobs/1', join(root, 'ml/models/m.onnx'));
    symlinkSync('../../blobs/2', join(root, 'ml/models/m.onnx_data'));
    for (const path of ['blobs/1', 'blobs/2', 'ml/models/m.onnx_data'])
      expect(await isHit(path), path).toBe(true);
    expect(await isHit('blobs/3')).toBe(false);
  });

  it('of a model behind a link out of the repository is not known, and nothing is read there', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'quantgate-outside-'));
    onTestFinished(() => rmSync(outside, { recursive: true }));
    writeFileSync(join(outside, 'm.onnx'), serializeModel(withExternalData('m.data')));
    rmSync(join(root, 'ml/models/m.onnx'));
    symlinkSync(join(outside, 'm.onnx'), join(root, 'ml/models/m.onnx'));
    expect(await watched()).toBeUndefined();
  });

  it.each(['./m.data', 'weights/m.data'])('of external data at %s counts', async (location) => {
    writeFileSync(join(root, 'ml/models/m.onnx'), serializeModel(withExternalData(location)));
    expect(await isHit(join('ml/models', location))).toBe(true);
  });

  it('of the images beside a list behind a link counts', async () => {
    mkdirSync(join(root, 'photos'));
    mkdirSync(join(root, 'ml/images'));
    writeFileSync(join(root, 'photos/list.csv'), 'file\n1.png\n');
    symlinkSync('../../photos/list.csv', join(root, 'ml/images/images.csv'));
    expect(await isHit('photos/1.png')).toBe(true);
  });

  it('of an archive counts whose member is named', async () => {
    for (const [file, member] of [
      ['data/all.npz', ':inputs'],
      ['data/all.parquet', '#inputs'],
    ]) {
      const config = text.replace('data/inputs.npy', `${file}${member}`);
      expect(await isHit(`ml/${file}`, undefined, config)).toBe(true);
    }
  });

  it.each(['.gitattributes', 'ml/models/.gitattributes'])('of %s counts', async (path) => {
    expect(await isHit(path)).toBe(true);
    expect(await isHit('elsewhere/.gitattributes')).toBe(false);
  });

  it('of where a file was counts', async () => {
    expect(await isHit('old.onnx', 'ml/models/m.onnx')).toBe(true);
  });

  it('of external data counts', async () => {
    writeFileSync(join(root, 'ml/models/m.onnx'), serializeModel(withExternalData('m.data')));
    expect(await isHit('ml/models/m.data')).toBe(true);
    expect(await isHit('ml/models/n.data')).toBe(false);
  });

  it('of a whole folder or of what is in it counts alike', () => {
    const segment = fc.stringMatching(/^[a-z.]{1,3}$/);
    const paths = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(paths, paths, (path, below) => {
        const touch = (changed: string, of: string) =>
          touches({ path: changed, previousPath: undefined, status: 'modified' }, { path: of, kind: 'data' });
        expect(touch(`${path}/${below}`, path)).toBe(true);
        expect(touch(path, `${path}/${below}`)).toBe(true);
        expect(touch(`${path}x`, path)).toBe(path === '.');
      }),
    );
  });
});

describe('data that a change brings itself', () => {
  const warnings = (paths: readonly string[], complete: boolean) => {
    const files = paths.map((path) => ({ path, previousPath: undefined, status: 'added' }));
    const config = parseConfig(text, 'q.yml');
    const judging = { config, proposed: undefined, problem: undefined, absent: undefined };
    return warningsOf({ files, complete }, judging, placeOfConfig(root, 'ml/quantgate.yml'));
  };

  it('is named in a warning, and so is that it may hide behind many other files', async () => {
    expect(await warnings(['ml/models/m.onnx', 'a'], true)).toEqual([]);
    expect(await warnings(['ml/labels.npy'], false)).toEqual([
      expect.stringMatching(/counts: ml\/labels.npy$/),
    ]);
    expect(await warnings(['a'], false)).toEqual([expect.stringMatching(/^the change has too many files/)]);
  });

  it('is seen behind a link', async () => {
    symlinkSync('../real.npy', join(root, 'ml/labels.npy'));
    expect(await warnings(['real.npy'], true)).toEqual([expect.stringMatching(/counts: real.npy$/)]);
  });
});

describe('the folder of input baseline', () => {
  const refuse = (
    changed: ChangedFiles | undefined,
    inputs: Parameters<typeof refuseOwnResults>[3]['inputs'],
  ) => {
    const config = parseConfig(text, 'q.yml');
    const judging = { config, proposed: undefined, problem: undefined, absent: undefined };
    const step = { inputs, job: { workspace: root } };
    refuseOwnResults(changed, judging, placeOfConfig(root, 'ml/quantgate.yml'), step);
  };
  const adding = (path: string, complete = true) => ({
    files: [{ path, previousPath: undefined, status: 'added' }],
    complete,
  });
  const check = (path: string, baseline: string | undefined) => () => refuse(adding(path), { baseline });

  it.each([
    ['calibration', 'parts/a/m.1-of-2.calibration.json'],
    ['evaluation', 'parts/m.1-of-2.evaluation.json'],
    ['evaluation', 'parts'],
    ['explanation', 'parts/recovered/m/snpe/model.onnx'],
  ])('likewise that of input %s may not, by %s', (input, path) => {
    expect(() => refuse(adding(path), { [input]: 'parts' })).toThrow(
      new RegExp(
        `^input ${input}: the change brings "${path}", and would be judged by its own: .* runner\\.temp$`,
      ),
    );
    expect(() => refuse(adding('other/x.json'), { [input]: 'parts' })).not.toThrow();
    expect(() => refuse(adding(path), { [input]: '../parts' })).not.toThrow();
  });

  it.each(['baseline', 'calibration', 'evaluation', 'explanation'])(
    'is not taken for input %s where GitHub does not tell all that the change changes',
    (input) => {
      for (const changed of [adding('a.txt', false), undefined]) {
        expect(() => refuse(changed, { [input]: 'parts' })).toThrow(/GitHub does not tell all/);
        expect(() => refuse(changed, { [input]: '../parts' })).not.toThrow();
      }
    },
  );

  it.each([
    ['fp32/m.baseline.json', 'fp32'],
    ['fp32', 'fp32/deep'],
    ['m.baseline.json', '.'],
  ])('may not be brought by the change of %s to %s', (path, baseline) => {
    expect(check(path, baseline)).toThrow(
      /^input baseline: the change brings ".*", and would be judged by its own/,
    );
  });

  it.each([
    ['ml/models/m.onnx', '.'],
    ['fp32/other.baseline.json', 'fp32'],
    ['fp32/m.baseline.json', undefined],
    ['fp32/m.baseline.json', '../fp32'],
  ])('is none of the change of %s to %s', (path, baseline) => {
    expect(check(path, baseline)).not.toThrow();
  });
});

describe('what a verdict depends on cannot be told', () => {
  it.each([
    ['a data module', text.replace('data/inputs.npy', 'data.mjs')],
    ['a metric module', text.replace('metric: top1', 'metric: ./metric.mjs')],
  ])('with %s', async (_, config) => {
    expect(await watched(config)).toBeUndefined();
  });

  it('with a model that is not there, or a pointer of Git LFS', async () => {
    writeFileSync(join(root, 'ml/models/m.onnx'), 'version https://git-lfs.github.com/spec/v1\n');
    expect(await watched()).toBeUndefined();
    rmSync(join(root, 'ml/models/m.onnx'));
    expect(await watched()).toBeUndefined();
  });
});
