import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import { judgingOf } from '../../../src/action/change/judging-config.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { baseConfig } from '../../support/action-world.ts';

const read = (text: string) => ({ config: parseConfig(text, 'q.yml') });
const pinned = (text: string) =>
  text.replace('    budget', '    ranges: { a: { alpha: 0, beta: 1 } }\n    budget');
const loose = baseConfig.replace('1pp', '9pp');
const asked = { proposed: undefined, problem: undefined, absent: undefined };
const broken = { problem: 'q.yml:1: version: is missing' };

describe('judgingOf', () => {
  it.each([
    ['the same', baseConfig, baseConfig],
    ['other ranges alone', baseConfig, pinned(baseConfig)],
    ['another comment policy alone', baseConfig, baseConfig.replace('models:', 'comment: never\nmodels:')],
    ['another baseline alone', baseConfig, baseConfig.replace('models:', 'baseline: kept\nmodels:')],
  ])('proposes nothing with %s', (_, base, head) => {
    expect(judgingOf(read(base), read(head)).proposed).toBeUndefined();
  });

  it('takes the ranges of the head, also none, and all else of the base', () => {
    const { config, proposed } = judgingOf(read(baseConfig), read(pinned(loose)));
    expect(config.models[0].ranges).toEqual(new Map([['a', { alpha: 0, beta: 1 }]]));
    expect(config.models[0].budget.maxDrop).toBe('1pp');
    expect(proposed).toEqual({ ...read(pinned(loose)), counts: false });
    const unpinned = judgingOf(read(pinned(baseConfig)), read(baseConfig)).config;
    expect(unpinned).toEqual(read(baseConfig).config);
  });

  it('takes the ranges of a target of the head, and no target that the base does not have', () => {
    const own = baseConfig.replace('snpe]', '{ chip: snpe, ranges: { a: { alpha: 0, beta: 1 } } }, rknn]');
    const { config, proposed } = judgingOf(read(baseConfig), read(own));
    expect(config.models[0].targets.map(({ id, ranges }) => [id, ranges.size])).toEqual([
      ['tensorrt', 0],
      ['snpe', 1],
    ]);
    expect(proposed).toEqual({ ...read(own), counts: false });
    const alone = own.replace(', rknn', '');
    expect(judgingOf(read(baseConfig), read(alone)).proposed).toBeUndefined();
  });

  it('takes recipe and layers of a target of the head, also none', () => {
    const chosen = (text: string) =>
      text.replace('snpe]', '{ chip: snpe, recipe: [round], layers: { a: { activation-bits: 16 } } }]');
    const { config, proposed } = judgingOf(read(baseConfig), read(chosen(loose)));
    expect(config.models[0].targets[1]).toMatchObject({
      recipe: ['round'],
      layers: new Map([['a', { activationBits: 16 }]]),
    });
    expect(config.models[0].budget.maxDrop).toBe('1pp');
    expect(proposed).toEqual({ ...read(chosen(loose)), counts: false });
    expect(judgingOf(read(baseConfig), read(chosen(baseConfig))).proposed).toBeUndefined();
    expect(judgingOf(read(chosen(baseConfig)), read(baseConfig)).config).toEqual(read(baseConfig).config);
    // Bits of the whole target make it another one, which is not the head's to choose.
    const wide = baseConfig.replace('snpe]', '{ chip: snpe, activation-bits: 16 }]');
    expect(judgingOf(read(baseConfig), read(wide)).config).toEqual(read(baseConfig).config);
  });

  it('takes granularity and range method of a target of the head, which are in its id', () => {
    const other = (text: string) =>
      text.replace('snpe]', '{ chip: snpe, weights: per-channel, range: percentile, recipe: [round] }]');
    const { config, proposed } = judgingOf(read(baseConfig), read(other(loose)));
    expect(config.models[0].targets[1]).toMatchObject({
      id: 'snpe-per-channel-percentile',
      weights: 'per-channel',
      range: 'percentile',
      recipe: ['round'],
    });
    expect(config.models[0].budget.maxDrop).toBe('1pp');
    expect(proposed).toEqual({ ...read(other(loose)), counts: false });
    expect(judgingOf(read(baseConfig), read(other(baseConfig))).proposed).toBeUndefined();
    // What is not integer is computed in what the base says: another type makes it another target.
    for (const [from, to] of [
      ['[tensorrt', '[{ chip: tensorrt, float: fp32 }'],
      ['[tensorrt', '[{ chip: tensorrt, float: fp32, range: kl }'],
    ]) {
      const floats = read(baseConfig.replace(from, to));
      expect(floats.config.models[0].targets[0].float).toBe('fp32');
      expect(judgingOf(read(baseConfig), floats).config).toEqual(read(baseConfig).config);
      expect(judgingOf(floats, read(baseConfig)).config).toEqual(floats.config);
    }
    // Of two it is not known which one stands for the base's.
    const two = baseConfig.replace('snpe]', '{ chip: snpe, range: kl }, { chip: snpe, range: aciq }]');
    expect(judgingOf(read(baseConfig), read(two)).config).toEqual(read(baseConfig).config);
    const added = baseConfig.replace('snpe]', 'snpe, { chip: snpe, range: kl }]');
    expect(judgingOf(read(baseConfig), read(added)).config).toEqual(read(baseConfig).config);
  });

  it('leaves a model that the head lacks as it is in the base', () => {
    const other = read(baseConfig.replace('name: signs', 'name: other'));
    expect(judgingOf(read(pinned(baseConfig)), other)).toMatchObject({
      config: read(pinned(baseConfig)).config,
      proposed: { ...other, counts: true },
    });
  });

  it('counts what is proposed where it exchanges what is judged, and not where it loosens a budget', () => {
    const counts = (head: string) => judgingOf(read(baseConfig), read(head)).proposed?.counts;
    expect(counts(loose)).toBe(false);
    for (const [from, to] of [
      ['signs.onnx', 'other.onnx'],
      ['labels.npy', 'own.npy'],
      ['range: [100, 400]', 'range: [100, 200]'],
      ['calibration: { inputs: inputs.npy', 'calibration: { inputs: own.npy'],
      ['name: signs', 'name: other'],
      ['    path', '    reference: fp32.onnx\n    path'],
    ])
      expect(counts(baseConfig.replace(from, to)), to).toBe(true);
  });

  it('is an error by a base that is not valid, whatever the head proposes', () => {
    const judging = judgingOf(broken, read(loose));
    expect(judging).toEqual({
      ...read(loose),
      proposed: { ...read(loose), counts: true },
      problem: broken.problem,
      absent: undefined,
    });
    expect(() => judgingOf(broken, { problem: 'there is none' })).toThrow(broken.problem);
  });

  it('measures by the head where the base has none, but runs no code of it', () => {
    const absent = { absent: 'there is no q.yml' };
    expect(judgingOf(absent, read(loose))).toEqual({ ...read(loose), ...asked, absent: absent.absent });
    expect(() => judgingOf(absent, { problem: 'there is none' })).toThrow('there is none');
    const withModule = baseConfig.replace('metric: top1', 'metric: ./m.mjs');
    expect(() => judgingOf(absent, read(withModule))).toThrow('so the code of module "./m.mjs" does not run');
  });

  it('counts a head that cannot be read', () => {
    expect(judgingOf(read(baseConfig), broken)).toMatchObject({
      ...read(baseConfig),
      proposed: { ...broken, counts: true },
    });
  });

  it.each([
    ['a metric', 'metric: top1', 'metric: ./evil.mjs'],
    ['data', 'inputs: inputs.npy, range: [0, 100]', 'inputs: evil.js, range: [0, 100]'],
  ])('runs no code that the head alone names as %s', (_, from, to) => {
    const { proposed } = judgingOf(read(baseConfig), read(baseConfig.replace(from, to)));
    expect(proposed).toMatchObject({
      problem: expect.stringMatching(/^module ".*evil\.m?js" is not in the configu/),
    });
    const known = baseConfig.replace(from, to);
    expect(judgingOf(read(known), read(known.replace('1pp', '9pp'))).proposed).toHaveProperty('config');
  });

  it('judges by the workspace where nothing is proposed', () => {
    expect(judgingOf(undefined, read(loose))).toEqual({ ...read(loose), ...asked });
  });
});

describe('placeOfConfig', () => {
  let workspace: string;
  beforeAll(() => {
    workspace = mkdtempSync(join(tmpdir(), 'quantgate-place-'));
    for (const folder of ['checkout/.git', 'checkout/sub', 'module'])
      mkdirSync(join(workspace, folder), { recursive: true });
    writeFileSync(join(workspace, 'module/.git'), 'gitdir: ../.git/modules/module\n');
    // What a pull request brings in place of a folder.
    symlinkSync('.', join(workspace, 'checkout/link'));
    symlinkSync('checkout', join(workspace, 'link'));
  });
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  it.each([
    ['quantgate.yml', '', 'quantgate.yml', '.'],
    ['a/b/q.yml', '', 'a/b/q.yml', 'a/b'],
    ['checkout/sub/q.yml', 'checkout', 'sub/q.yml', 'sub'],
    ['module/q.yml', '', 'module/q.yml', 'module'],
    ['checkout/link/q.yml', 'checkout', 'link/q.yml', 'link'],
    ['link/sub/q.yml', '', 'link/sub/q.yml', 'link/sub'],
  ])('of %s is in the checkout "%s"', (config, root, inRepository, folder) => {
    expect(placeOfConfig(workspace, config)).toEqual({
      path: join(workspace, config),
      root: join(workspace, root),
      inRepository,
      folder,
    });
  });

  it.each(['../q.yml', '/etc/q.yml', '.', ''])('refuses "%s"', (config) => {
    expect(() => placeOfConfig(workspace, config)).toThrow('give a file in the workspace');
  });
});
