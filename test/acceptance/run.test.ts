import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReport } from '../../src/report/parse.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

const withoutTimes = (out: string) => ({ ...project.report(out), times: undefined });

describe('quantgate run', () => {
  it('passes with exit code 0 and writes a report that its schema accepts', () => {
    const { code, stdout, stderr } = project.run('run');
    expect(stderr).toContain('tiny/calibrate: 100 samples');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/tiny {2}pass +tensorrt: top1 100\.00 %/);
    const report = parseReport(project.report());
    expect(report.models[0].targets.map((t) => t.target)).toEqual(['tensorrt', 'onnxruntime']);
    expect(report.models[0].baseline.state).toBe('no-baseline-yet');
    expect(project.read('quantgate-out/report.md')).toContain('## ✅ ');
    expect(project.leftovers()).toEqual([]);
  });

  it('fails with exit code 1 when the drop is above the budget', () => {
    project.write(
      'fail.yml',
      baseConfig
        .replace(
          '[tensorrt, onnxruntime]',
          '[{ chip: tensorrt, weights: per-tensor, weight-bits: 4, activation-bits: 4 }]',
        )
        .replace('10pp', '0.1pp'),
    );
    const { code, stdout, stderr } = project.run('run', '-c', 'fail.yml', '-o', 'fail');
    expect(code, stderr + stdout).toBe(1);
    expect(project.report('fail').verdict).toBe('fail');
  });

  it('is inconclusive with exit code 3, and says how many samples would decide', () => {
    project.write('few.yml', baseConfig.replace('[100, 400]', '[100, 130]').replace('10pp', '1pp'));
    const { code, stderr } = project.run('run', '-c', 'few.yml', '-o', 'few');
    expect(code, stderr).toBe(3);
    expect(project.read('few/report.md')).toMatch(/samples would decide|too close|too few/i);
  });

  it('prints nothing but the report with --json', () => {
    const { stdout } = project.run('run', '--json', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual(project.report('json'));
    const agrees = "{ name: 'agrees', higherIsBetter: true, score: () => 1, aggregate: () => 1 }";
    project.write('says.mjs', `console.log('a module speaks');\nexport default ${agrees};\n`);
    const metric = '{ module: ./says.mjs }';
    project.write('says.yml', project.read('quantgate.yml').replace('metric: top1', `metric: ${metric}`));
    const said = project.run('run', '-c', 'says.yml', '--json', '-o', 'says');
    expect(JSON.parse(said.stdout)).toEqual(project.report('says'));
    expect(said.stderr).toContain('a module speaks');
  });

  it('measures a part, and says so in the report and in its last line', () => {
    const { code, stdout, stderr } = project.run('run', '-t', 'ORT', '-o', 'part');
    expect(code, stderr).toBe(0);
    const warning = expect.stringMatching(
      /^this is the verdict of a part, 1 of 2 targets, .* of tiny on tensorrt$/,
    );
    expect(project.report('part').warnings).toEqual([warning]);
    expect(stdout).toMatch(/^warning: this is the verdict of a part/);
    expect(stdout).toMatch(/\npass of a part: see part\/report\.html\n$/);
    expect(project.read('part/report.md')).toContain('this is the verdict of a part, 1 of 2 targets');
    expect(project.report('part').models[0].targets.map((t) => t.target)).toEqual(['onnxruntime']);
    const unknown = project.run('run', '--model', 'tinny', '-o', 'part');
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'quantgate: --model tinny is not in the configuration: did you mean tiny? There are tiny\n',
    ]);
  });

  it('says with --dry-run what it would measure, and writes nothing', () => {
    const { code, stdout, stderr } = project.run('run', '--dry-run', '-o', 'dry');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^tiny {2}calibration {3}100 samples of inputs\.npy$/m);
    expect(stdout).toMatch(/^tiny {2}time +about \d+ s; /m);
    expect(() => project.read('dry/report.json')).toThrow();
    project.write('missing.yml', baseConfig.replace('labels.npy', 'none.npy'));
    const missing = project.run('run', '--dry-run', '-c', 'missing.yml');
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/^quantgate: tiny: none\.npy does not exist in .*\n$/);
  });

  it('prints the verdict and nothing else with --quiet, and why with --verbose', () => {
    expect(project.run('run', '-q', '-o', 'quiet')).toEqual({
      code: 0,
      stdout: 'pass: see quiet/report.html\n',
      stderr: '',
    });
    const { stdout } = project.run('run', '-v', '-o', 'verbose');
    expect(stdout).toMatch(/^tiny {2}reason +tensorrt: by quantization: drop /m);
  });

  it('names init where there is no quantgate.yml', () => {
    const { code, stderr } = project.run('run', '-c', 'empty/quantgate.yml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^quantgate: .*quantgate\.yml cannot be read: .*quantgate init.*\n$/);
  });

  it('gives bit-identical reports apart from times, twice and from shards in any order', () => {
    project.run('run', '-o', 'one');
    project.run('run', '-o', 'two');
    expect(withoutTimes('two')).toEqual(withoutTimes('one'));
    for (const shard of ['1/3', '2/3', '3/3'])
      expect(project.run('calibrate', '-s', shard, '-o', 'shards').code).toBe(0);
    const files = [2, 3, 1].map((i) => `shards/tiny.${i}-of-3.calibration.json`);
    expect(project.run('run', '-o', 'sharded', '--calibration', ...files).code).toBe(0);
    expect(withoutTimes('sharded')).toEqual(withoutTimes('one'));
    expect(project.run('merge', ...files, '-o', 'merged.json').code).toBe(0);
    expect(project.run('run', '-o', 'merged', '--calibration', 'merged.json').code).toBe(0);
    expect(withoutTimes('merged')).toEqual(withoutTimes('one'));
  });

  it('compares with a stored baseline and saves the FP32 pass', () => {
    expect(project.run('baseline').code).toBe(0);
    expect(project.run('run', '-b', 'quantgate-baseline', '-o', 'compared').code).toBe(0);
    const report = project.report('compared');
    expect(report.models[0].baseline).toMatchObject({ state: 'compared', metric: 'top1', value: 1 });
    expect(Object.keys(report.times.seconds)).not.toContain('tiny/fp32');
  });

  it('says that a baseline is unavailable when it is damaged or its data have changed', () => {
    project.run('baseline', '-o', 'old');
    const changed = baseConfig.replace('[100, 400]', '[101, 400]');
    project.write('changed.yml', changed);
    const { code, stdout } = project.run('run', '-c', 'changed.yml', '-b', 'old', '-o', 'changed');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'warning: tiny: nothing of the base was compared with, as the baseline is unavailable: the evaluation data',
    );
    expect(project.report('changed').models[0].baseline).toMatchObject({
      state: 'baseline-unavailable',
      reason: expect.stringContaining('have changed'),
    });
    // Who asks for a comparison with the base does not get a pass without one.
    project.write('asked.yml', changed.replace('10pp }', '10pp, max-regression: 10pp }'));
    const asked = project.run('run', '-c', 'asked.yml', '-b', 'old', '-o', 'asked');
    expect(asked.code).toBe(3);
    project.write('old/tiny.baseline.json', '{"quantgateBaseline":1}');
    project.run('run', '-b', 'old', '-o', 'damaged');
    expect(project.report('damaged').models[0].baseline).toMatchObject({ state: 'baseline-unavailable' });
  });

  it.each(['odl', '', 'quantgate.yml'])('refuses a mistyped folder of baselines: "%s"', (folder) => {
    const { code, stderr } = project.run('run', '-b', folder, '-o', 'mistyped');
    expect(code).toBe(2);
    expect(stderr).toBe(
      `quantgate: --baseline ${folder} is no folder of baselines: give the one that quantgate baseline wrote\n`,
    );
  });
});

describe('quantgate', () => {
  it('tells its commands and its version', () => {
    expect(project.run('--help').stdout).toMatch(/run.*baseline.*calibrate.*merge/s);
    expect(project.run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([['frobnicate'], ['run', '--frobnicate']])('refuses %s %s with exit code 2', (...args) => {
    const { code, stderr } = project.run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('--help');
  });
});
