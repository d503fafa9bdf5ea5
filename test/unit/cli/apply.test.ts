import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appliedLines, applyToFile, checkApply } from '../../../src/cli/apply-option.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { applicable } from '../../../src/report/applicable.ts';
import type { JudgedTarget } from '../../../src/report/report-schema.ts';
import { attributed, passing, sampleReport } from '../../support/sample-reports.ts';
import { sampleConfig, smallConfig } from '../config/sample.ts';

const failed = { target: 'snpe', chip: 'snpe', verdict: 'error', reasons: ['NaN'] } as const;
const [input, r3] = attributed.suggestion!.changes;
const suggesting = (target: string, ...changes: (typeof input)[]): JudgedTarget => ({
  ...attributed,
  target,
  suggestion: { ...attributed.suggestion!, changes },
});

describe('which suggested ranges are applied', () => {
  const report = sampleReport([
    suggesting('snpe', input, r3),
    suggesting('tensorrt', { ...r3, beta: 4 }, input),
  ]);

  it('are all of a single target', () => {
    expect(applicable(sampleReport([attributed]), true)).toEqual({
      pins: new Map([['signs', [input, r3]]]),
      left: [],
    });
  });

  it('are those that all targets share, as a pin holds for all of them', () => {
    expect(applicable(report, true)).toEqual({
      pins: new Map([['signs', [input]]]),
      left: [
        'signs: the range of "r3" was not written, as targets differ (snpe suggests [-0.5, 4.25], tensorrt suggests [-0.5, 4]): name one with --apply <target>',
      ],
    });
    const silent = applicable(sampleReport([attributed, passing]), true);
    expect(silent.pins.size).toBe(0);
    expect(silent.left[0]).toContain('tensorrt suggests none');
  });

  it('are those of the target that was named', () => {
    expect(applicable(report, 'tensorrt').pins.get('signs')).toEqual([{ ...r3, beta: 4 }, input]);
  });

  it('are none of a target with an error or without suggestions', () => {
    expect(applicable(sampleReport([failed, { ...passing, suggestion: null }]), true)).toEqual({
      pins: new Map(),
      left: [],
    });
  });

  it('must come from a target of the config', () => {
    const config = parseConfig(sampleConfig, 'q.yml');
    checkApply(true, config);
    checkApply('snpe-w4a16-per-channel-native', config);
    expect(() => checkApply('tensort', config)).toThrow(
      '--apply tensort is no target of a model: did you mean tensorrt?',
    );
    expect(() => checkApply('tpu', config)).toThrow('use tensorrt, snpe, snpe-w4a16');
  });
});

describe('writing ranges into quantgate.yml', () => {
  const pins = new Map([['small', [{ tensor: 'conv1/relu', alpha: 0, beta: 5.2 }]]]);
  const after = `${smallConfig}    ranges:\n      "conv1/relu": { alpha: 0, beta: 5.2 }\n`;
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

  it('says what was written', () => {
    expect(appliedLines(pins, 'q.yml')).toEqual([
      'q.yml: 1 range of small written: run again to judge with them',
    ]);
    expect(appliedLines(new Map(), 'q.yml')).toEqual(['q.yml: no ranges to write']);
  });
});
