import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refuseOwnResults } from '../../../src/action/change/change.ts';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import { modulesOf, namedBy, watchedBy } from '../../../src/action/change/watched-files.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { TensorProto_DataLocation } from '../../../src/onnx/gen/onnx_pb.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { tinyClassifier } from '../../support/models.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantgate-list-'));
  mkdirSync(join(root, 'ml'));
  writeFileSync(join(root, 'ml/m.onnx'), serializeModel(tinyClassifier()));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A configuration of models that measure agreement on these inputs. */
const configOf = (...models: { readonly name: string; readonly inputs: string; readonly more?: string }[]) =>
  parseConfig(
    `version: 1\nmodels:\n${models
      .map(
        ({ name, inputs, more = '' }) => `  - name: ${name}
    path: ${name}.onnx
    calibration: { inputs: ${inputs} }
    evaluation: { inputs: ${inputs}${more} }
    targets: [tensorrt]
    budget: { max-drop: 1pp }
`,
      )
      .join('')}`,
    'q.yml',
  );
const place = () => placeOfConfig(root, 'ml/quantgate.yml');
const pathsOf = async (config: ReturnType<typeof configOf>) =>
  new Set((await watchedBy(config, place()))!.map(({ path }) => path));

describe('what a verdict depends on', () => {
  it('is the configuration, the model and its data, and nothing else', async () => {
    expect(await pathsOf(configOf({ name: 'm', inputs: 'x.npy' }))).toEqual(
      new Set(['ml/quantgate.yml', 'ml/m.onnx', 'ml/x.npy']),
    );
  });

  it('are the labels too, where there are any', async () => {
    const config = configOf({ name: 'm', inputs: 'x.npy', more: ', labels: y.npy' });
    expect(await pathsOf(config)).toContain('ml/y.npy');
  });

  it('is data that is named like a module and is none', async () => {
    const all = await watchedBy(configOf({ name: 'm', inputs: 'x.js/x.npy' }), place());
    expect(all).toContainEqual({ path: 'ml/x.js/x.npy', kind: 'data' });
  });

  it('tells each as what it is', async () => {
    const model = tinyClassifier();
    const [weight] = model.graph!.initializer;
    weight!.rawData = new Uint8Array();
    weight!.dataLocation = TensorProto_DataLocation.EXTERNAL;
    weight!.externalData = [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: 'm.data' }];
    writeFileSync(join(root, 'ml/m.onnx'), serializeModel(model));
    const kinds = new Map(
      (await watchedBy(configOf({ name: 'm', inputs: 'x.npy' }), place()))!.map(({ path, kind }) => [
        path,
        kind,
      ]),
    );
    expect(Object.fromEntries(kinds)).toEqual({
      'ml/quantgate.yml': 'configuration',
      'ml/m.onnx': 'model',
      'ml/m.data': 'model',
      'ml/x.npy': 'data',
    });
  });

  it('are the modules that give data or a metric, in either way of naming them', async () => {
    const config = configOf({ name: 'm', inputs: 'x.js', more: ', metric: ./y.mjs' });
    expect(modulesOf(config)).toEqual(['x.js', 'x.js', './y.mjs']);
    const modules = (await namedBy(config, place())).filter(({ kind }) => kind === 'module');
    expect(new Set(modules.map(({ path }) => path))).toEqual(new Set(['ml/x.js', 'ml/y.mjs']));
  });
});

describe('links on the way to data', () => {
  it('lead from the top of the checkout where they are absolute, wherever they lie', async () => {
    mkdirSync(join(root, 'store'));
    symlinkSync(join(root, 'store'), join(root, 'ml/data'));
    const paths = await pathsOf(configOf({ name: 'm', inputs: 'data/x.npy' }));
    expect(paths).toContain('store/x.npy');
  });

  it('in a circle end, and leave the model itself watched', async () => {
    symlinkSync('b', join(root, 'ml/a'));
    symlinkSync('a', join(root, 'ml/b'));
    const paths = await pathsOf(configOf({ name: 'm', inputs: 'a/x.npy' }));
    for (const path of ['ml/a', 'ml/b', 'ml/m.onnx']) expect(paths).toContain(path);
  });

  it('are followed as far as Linux does, to the file at the end', async () => {
    for (let i = 0; i < 41; i++) symlinkSync(`l${i + 1}`, join(root, `ml/l${i}`));
    writeFileSync(join(root, 'ml/l41'), '');
    expect(readFileSync(join(root, 'ml/l1'), 'utf8')).toBe('');
    expect(await pathsOf(configOf({ name: 'm', inputs: 'l1' }))).toContain('ml/l41');
    expect(() => readFileSync(join(root, 'ml/l0'))).toThrow('ELOOP');
    expect(await pathsOf(configOf({ name: 'm', inputs: 'l0' }))).not.toContain('ml/l41');
  });
});

it('is no baseline that a change brings, be it that of one model among many', () => {
  const config = configOf({ name: 'a', inputs: 'x.npy' }, { name: 'b', inputs: 'x.npy' });
  const files = [{ path: 'fp32/b.baseline.json', previousPath: undefined, status: 'added' }];
  const judging = { config, proposed: undefined, problem: undefined, absent: undefined };
  const step = { inputs: { baseline: 'fp32' }, job: { workspace: root } };
  expect(() => refuseOwnResults({ files, complete: true }, judging, place(), step)).toThrow(
    /the change brings "fp32\/b.baseline.json"/,
  );
});
