import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

const example = resolve(import.meta.dirname, '../../examples/signs');

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

const inFolder = (folder: string) =>
  readdirSync(join(project.folder, folder)).map((name) => join(folder, name));
const withoutTimes = (out: string) => ({ ...project.report(out), times: undefined });

function succeed(...args: string[]): void {
  const { code, stderr } = project.run(...args);
  expect(code, stderr).toBe(0);
}

/** Two shards of calibration and three of evaluation, below `out`; options go to every evaluation. */
function shard(config: string, out: string, ...options: string[]) {
  for (const i of [1, 2]) succeed('calibrate', '-c', config, '-s', `${i}/2`, '-o', `${out}/calibration`);
  const calibration = inFolder(`${out}/calibration`);
  for (const i of [3, 1, 2]) {
    const to = ['-o', `${out}/evaluation`, '--calibration', ...calibration];
    succeed('evaluate', '-c', config, '-s', `${i}/3`, ...options, ...to);
  }
  return { calibration, evaluation: inFolder(`${out}/evaluation`) };
}

const merged = (config: string, out: string, { calibration, evaluation }: ReturnType<typeof shard>) =>
  project.run('run', '-c', config, '-o', out, '--calibration', ...calibration, '--evaluation', ...evaluation);

describe('shards of calibration and evaluation', () => {
  it.each([
    ['the bundled example', join(example, 'quantgate.yml'), undefined],
    [
      'a metric that compares with FP32',
      'kl.yml',
      baseConfig.replace('metric: top1', 'metric: kl').replace('10pp', '1'),
    ],
    [
      'ranges that are pinned, and a metric with labels of its own',
      'pins.yml',
      baseConfig.replace('    budget', '    ranges: { r1: { alpha: 0, beta: 0.5 } }\n    budget'),
    ],
  ])('give the report of one runner: %s', (_, config, text) => {
    if (text !== undefined) project.write(config, text);
    const name = config.replace(/\W/g, '');
    const whole = project.run('run', '-c', config, '-o', `${name}/whole`);
    const parts = merged(config, `${name}/parts`, shard(config, name));
    expect(parts.code, parts.stderr).toBe(whole.code);
    expect(withoutTimes(`${name}/parts`)).toEqual(withoutTimes(`${name}/whole`));
    const measured = Object.keys(project.report(`${name}/parts`).times.seconds);
    expect(measured.filter((stage) => /\/(calibrate|fp32|tensorrt|snpe|onnxruntime)$/.test(stage))).toEqual(
      [],
    );
  });

  it('give the report of one runner beside a stored baseline, without running FP32', () => {
    project.write('agreement.yml', baseConfig.replace('metric: top1', 'metric: agreement'));
    succeed('baseline', '-c', 'agreement.yml', '-o', 'stored');
    succeed('run', '-c', 'agreement.yml', '-b', 'stored', '-o', 'stored/whole');
    const files = shard('agreement.yml', 'stored/shards', '-b', 'stored');
    const [first] = files.evaluation;
    const { results } = JSON.parse(project.read(first!));
    expect(results.map(({ name }: { name: string }) => name)).not.toContain('fp32');
    const args = ['--calibration', ...files.calibration, '--evaluation', ...files.evaluation];
    succeed('run', '-c', 'agreement.yml', '-b', 'stored', '-o', 'stored/parts', ...args);
    expect(withoutTimes('stored/parts')).toEqual(withoutTimes('stored/whole'));
    const alone = project.run('run', '-c', 'agreement.yml', '-o', 'stored/alone', ...args);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringMatching(/no results of fp32: .*baseline/) });
  });
});

describe('shards that do not belong', () => {
  let files: ReturnType<typeof shard>;
  beforeAll(() => {
    files = shard('quantgate.yml', 'good');
    project.write('other.yml', baseConfig.replace('[tensorrt, onnxruntime]', '[tensorrt]'));
    project.write('renamed.yml', baseConfig.replace('name: tiny', 'name: other'));
  });

  const gate = (changed: Partial<typeof files>, config = 'quantgate.yml') =>
    merged(config, 'refused', { ...files, ...changed });

  it.each<[string, () => ReturnType<typeof gate>, RegExp]>([
    [
      'a missing evaluation',
      () => gate({ evaluation: files.evaluation.slice(1) }),
      /^quantgate: tiny: evaluation shard 1\/3 of tiny is missing: give all 3 files\n$/,
    ],
    [
      'an evaluation twice',
      () => gate({ evaluation: [...files.evaluation, files.evaluation[0]] }),
      /^quantgate: tiny: evaluation shard 1\/3 of tiny is there twice: .*\n$/,
    ],
    [
      'evaluations of other targets',
      () => gate({}, 'other.yml'),
      /^quantgate: tiny: evaluation shard 1\/3 of tiny is of other targets, ranges or another metric .*\n$/,
    ],
    [
      'files of a model that is not there',
      () => gate({}, 'renamed.yml'),
      /^quantgate: .*calibration\.json is of model "tiny", which is not judged here: .*\n$/,
    ],
    [
      'a missing calibration',
      () => gate({ calibration: files.calibration.slice(0, 1) }),
      /^quantgate: tiny: the calibration lacks samples \d+ to 99: give the files of all shards\n$/,
    ],
    [
      'a calibration twice',
      () => gate({ calibration: [...files.calibration, files.calibration[0]] }),
      /^quantgate: tiny: two calibration shards both hold sample 0: merge each shard once\n$/,
    ],
    [
      'a file that is none',
      () => {
        writeFileSync(join(project.folder, 'good/none.json'), readFileSync(join(example, 'quantgate.yml')));
        return gate({ evaluation: ['good/none.json'] });
      },
      /^quantgate: good\/none\.json is not an evaluation \(no JSON: .+\): run npx --no -- quantgate evaluate again\n$/,
    ],
  ])('are refused in one line: %s', (_, run, message) => {
    const { code, stderr } = run();
    expect({ code, lines: stderr.split('\n').filter((line) => line.startsWith('quantgate:')) }).toEqual({
      code: 2,
      lines: [expect.stringMatching(/./)],
    });
    expect(stderr).toMatch(message);
  });

  it('cannot be more than there are batches', () => {
    const { code, stderr } = project.run('evaluate', '-s', '1/900', '-o', 'many');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /shard 1\/900 of 300 samples in batches of \d+ is empty: cut them into \d+ at most/,
    );
  });
});
