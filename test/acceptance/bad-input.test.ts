import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../src/onnx/graph.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { noise, tinyClassifier } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

/** Runs a config and expects one clear line, exit code 2 and no report, or one that says the same of the model. */
function expectLine(config: string, line: RegExp, ...args: string[]): void {
  expectOneLine(config, line, ...args);
  expect(() => project.report('bad')).toThrow();
}

function expectError(config: string, line: RegExp, ...args: string[]): void {
  project.delete('bad');
  expectOneLine(config, line, ...args);
  const { verdict, models } = project.report('bad');
  expect(verdict).toBe('error');
  for (const { reasons } of models[0].targets) expect(reasons[0]).toMatch(line);
  project.delete('bad');
}

function expectOneLine(config: string, line: RegExp, ...args: string[]): void {
  project.write('bad.yml', config);
  const { code, stdout, stderr } = project.run('run', '-c', 'bad.yml', '-o', 'bad', ...args);
  const lines = stderr.split('\n').filter((l) => l.startsWith('quantgate: '));
  expect(lines, stderr + stdout).toHaveLength(1);
  expect(lines[0]).toMatch(line);
  expect(lines[0]).not.toMatch(/unexpected error|\n\s+at /);
  expect(code).toBe(2);
  expect(project.leftovers()).toEqual([]);
}

const edited = (...pairs: [string, string][]) =>
  pairs.reduce((text, [from, to]) => text.replace(from, to), baseConfig);

describe('a bad model gets one clear line', () => {
  const modelCase = (name: string, bytes: Uint8Array | string, line: RegExp) =>
    it(name, () => {
      project.write('bad.onnx', bytes);
      expectError(edited(['tiny.onnx', 'bad.onnx']), line);
    });
  const whole = serializeModel(tinyClassifier());
  modelCase('empty', '', /bad\.onnx is empty/);
  modelCase(
    'truncated',
    whole.subarray(0, whole.length / 2),
    /bad\.onnx.*(truncated|not an ONNX model|damaged)/,
  );
  modelCase('random bytes', new Uint8Array(noise(4000).buffer), /bad\.onnx.*not an ONNX model/);
  modelCase('a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', /LFS pointer/);
  const missing = tinyClassifier();
  missing.graph!.node[0].input[1] = 'gone';
  modelCase('a missing tensor', serializeModel(missing), /reads tensor "gone"/);
  for (const location of ['../secret', '/etc/passwd', 'a/b', 'absent.bin']) {
    const outside = tinyClassifier();
    Object.assign(outside.graph!.initializer[0], {
      rawData: new Uint8Array(),
      dataLocation: 1,
      externalData: [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: location }],
    });
    modelCase(`external data at ${location}`, serializeModel(outside), /external data/);
  }
  it('an activation that is not finite names tensor and sample', () => {
    const rooted = tinyClassifier();
    rooted.graph!.node.splice(0, 1, makeNode('Sqrt', ['image'], ['root']), {
      ...rooted.graph!.node[0],
      input: ['root', 'w1', 'b1'],
    });
    project.write('root.onnx', serializeModel(rooted));
    const inputs = noise(400 * 64, 42).map(Math.abs);
    inputs[7 * 64 + 3] = -1;
    project.write('seventh.npy', npyOf({ type: 'float32', dims: [400, 1, 8, 8], data: inputs }));
    expectError(
      edited(
        ['tiny.onnx', 'root.onnx'],
        ['{ inputs: inputs.npy, range: [0', '{ inputs: seventh.npy, range: [0'],
      ),
      /activation "root" is NaN or infinite on calibration sample 7/,
    );
  });
});

describe('bad data get one clear line', () => {
  const calibrated = (inputs: string): [string, string] => [
    '{ inputs: inputs.npy, range: [0, 100]',
    `{ inputs: ${inputs}, range: [0, 100]`,
  ];
  it('NaN in a sample names file and sample', () => {
    const inputs = noise(400 * 64, 42);
    inputs[5 * 64] = Number.NaN;
    project.write('nan.npy', npyOf({ type: 'float32', dims: [400, 1, 8, 8], data: inputs }));
    expectError(edited(calibrated('nan.npy')), /nan\.npy.*sample 5/);
  });
  it('a wrong shape', () => {
    project.write('shape.npy', npyOf({ type: 'float32', dims: [400, 1, 7, 8], data: noise(400 * 56) }));
    expectError(edited(calibrated('shape.npy')), /shape\.npy.*7.*8/);
  });
  it('a file that is not .npy', () => {
    project.write('text.npy', 'hello');
    expectError(edited(calibrated('text.npy')), /text\.npy/);
  });
  it('too few samples', () =>
    expectError(edited(['[0, 100]', '[0, 1000]']), /inputs\.npy has 400 samples.*1000/));
  it('a missing file', () => expectError(edited(calibrated('gone.npy')), /gone\.npy does not exist/));
  it('a path outside', () =>
    expectLine(
      edited(calibrated('../gone.npy')),
      /calibration\.inputs: must be a path relative to the folder/,
    ));
  it('no labels for a metric that needs them', () =>
    expectError(edited(['labels: labels.npy, ', '']), /top1 needs labels/));
});

describe('a bad configuration gets one clear line', () => {
  it('an unknown key, with its line', () => expectLine(`${baseConfig}colour: red\n`, /bad\.yml:9:1.*colour/));
  it('an unknown target', () =>
    expectLine(
      edited(['[tensorrt, onnxruntime]', '[tensorflow]']),
      /bad\.yml:7:15.*must be one of tensorrt/,
    ));
  it('an unknown metric', () =>
    expectLine(edited(['metric: top1', 'metric: top9']), /bad\.yml:6:86.*must be one of top1/));
  it('a threshold that is not a number', () =>
    expectLine(edited(['10pp', 'lots']), /bad\.yml:8:25.*max-drop: must be such as 1\.0pp/));
  it('a pin of an unknown tensor', () =>
    expectError(
      `${baseConfig}    ranges: { nothing: { alpha: 0, beta: 1 } }\n`,
      /"nothing" is no activation/,
    ));
  it('a provider that does not run here', () =>
    expectLine(baseConfig, /provider cuda does not run here/, '--provider', 'cuda'));
  it('a config that is not there', () => {
    const { code, stderr } = project.run('run', '-c', 'absent.yml');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^quantgate: .*absent\.yml cannot be read/)]);
  });
  it('an output folder that cannot be written', () => {
    project.write('file', '');
    const { code, stderr } = project.run('run', '-o', 'file/below');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot be written/)]);
  });
  it('the baseline of another model', () => {
    project.run('baseline', '-o', 'other');
    project.write('other/renamed.baseline.json', project.read('other/tiny.baseline.json'));
    expectError(
      edited(['name: tiny', 'name: renamed']),
      /baseline of model "tiny", not of "renamed"/,
      '-b',
      'other',
    );
  });
  it('a calibration of other samples of another model', () => {
    project.write('shard.json', '{"quantgateCalibration":1}');
    expectLine(baseConfig, /shard\.json is not a calibration/, '--calibration', 'shard.json');
  });
  it('a shard that is none', () => {
    expect(project.run('calibrate', '-s', '4/3')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('shard "4/3"'),
    });
  });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('%s in mid-run', (signal) => {
  it('ends with one line, no report and no temporary files', async () => {
    project.write(
      'slow.mjs',
      `export default async function* () { for (let i = 0; ; i++) { await new Promise((r) => setTimeout(r, 20)); yield { inputs: { image: { type: 'float32', dims: [1, 1, 8, 8], data: new Float32Array(64).fill(i % 7) } }, label: 0 }; } }\n`,
    );
    project.write(
      'slow.yml',
      edited([
        'evaluation: { inputs: inputs.npy, range: [100, 400], labels: labels.npy, ',
        'evaluation: { inputs: slow.mjs, range: [0, 100000], ',
      ]),
    );
    const { code, stderr } = await project.start(['run', '-c', 'slow.yml', '-o', 'slow'], (line, kill) => {
      if (line.includes('tiny/calibrate')) setTimeout(() => kill(signal), 300);
    });
    expect(stderr).toContain('quantgate: interrupted; no report was written');
    expect(code).toBe(130);
    expect(() => project.report('slow')).toThrow();
    expect(project.leftovers()).toEqual([]);
  });
});
