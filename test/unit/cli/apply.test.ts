import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyToFile, targetAsked } from '../../../src/cli/apply-option.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { UserError } from '../../../src/errors.ts';
import { sampleConfig, smallConfig } from '../../support/sample-configs.ts';

describe('the target whose changes are applied', () => {
  it('is one of the config', () => {
    const config = parseConfig(sampleConfig, 'q.yml');
    expect(targetAsked(true, config)).toBe(true);
    expect(targetAsked('snpe-w4a16-per-channel-native', config)).toBe('snpe-w4a16-per-channel-native');
    expect(targetAsked('QNN-w4a16-per-channel-native', config)).toBe('snpe-w4a16-per-channel-native');
    expect(() => targetAsked('tensort', config)).toThrow(
      '--apply tensort is no target of a model: did you mean tensorrt?',
    );
    expect(() => targetAsked('tpu', config)).toThrow('use tensorrt, snpe, snpe-w4a16');
    const two = { models: config.models.map((model) => ({ ...model, targets: model.targets.slice(1) })) };
    expect(targetAsked('mlu', { ...config, ...two })).toBe('cambricon');
  });
});

describe('writing changes into quantgate.yml', () => {
  const list = [{ tensor: 'conv1/relu', alpha: 0, beta: 5.2 }];
  const pins = new Map([['small', new Map([['cambricon', { pins: list }]])]]);
  const after = smallConfig.replace(
    '[cambricon]',
    '[{ chip: cambricon, ranges: { "conv1/relu": { alpha: 0, beta: 5.2 } } }]',
  );
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apply-'));
    path = join(folder, 'quantgate.yml');
    await writeFile(path, smallConfig);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps permissions and leaves no draft behind', async () => {
    await chmod(path, 0o600);
    await applyToFile(path, smallConfig, pins);
    expect(await readFile(path, 'utf8')).toBe(after);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['quantgate.yml']);
  });

  it('follows a symbolic link', async () => {
    const link = join(folder, 'link.yml');
    await symlink(path, link);
    await applyToFile(link, smallConfig, pins);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(after);
  });

  it('refuses a file that changed during the run, and leaves it alone', async () => {
    await writeFile(path, `${smallConfig}# mine\n`);
    await expect(applyToFile(path, smallConfig, pins)).rejects.toThrow(
      'has changed during the run: run again',
    );
    expect(await readFile(path, 'utf8')).toBe(`${smallConfig}# mine\n`);
    await rm(path);
    await expect(applyToFile(path, smallConfig, pins)).rejects.toThrow('cannot be written');
  });

  it('says what was written, and under which name the target is known now', async () => {
    expect(await applyToFile(path, smallConfig, pins)).toEqual([
      '1 range of small on cambricon written: run again to judge with it',
    ]);
    const changes = { pins: [], recipe: ['round'], range: 'kl' } as const;
    const both = new Map([['small', new Map([['cambricon', changes]])]]);
    expect(await applyToFile(path, after, both)).toEqual([
      'range method and recipe of small on cambricon written: run again to judge with it, the target is cambricon-kl now',
    ]);
    expect(await readFile(path, 'utf8')).toContain('range: kl, recipe: [round] }]');
  });

  it('says so where there is nothing to write', async () => {
    expect(await applyToFile(path, smallConfig, new Map())).toEqual([
      'nothing to write: no measured change keeps the budgets or is suggested',
    ]);
    expect(await readFile(path, 'utf8')).toBe(smallConfig);
  });

  it('writes nothing that makes the file invalid', async () => {
    const two = smallConfig.replace('[cambricon]', '[cambricon, { chip: cambricon, range: kl }]');
    await writeFile(path, two);
    const twice = new Map([['small', new Map([['cambricon', { pins: [], range: 'kl' as const }]])]]);
    await expect(applyToFile(path, two, twice)).rejects.toThrow(UserError);
    expect(await readFile(path, 'utf8')).toBe(two);
  });
});
