import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckedTarget, Verification } from '../../src/verification/verification-schema.ts';
import { makeProject, type Project } from '../support/project.ts';

const SAMPLES = 40;

let project: Project;
beforeAll(async () => {
  project = await makeProject();
  project.write(
    'quantgate.yml',
    project.read('quantgate.yml').replace('[100, 400]', `[100, ${100 + SAMPLES}]`),
  );
  expect(project.run('run').code).toBe(3);
});
afterAll(() => project.remove());
afterEach(() => project.delete('device'));

const onDevice = (...args: string[]) => project.run('verify', '--target', 'tensorrt', ...args);
const verification = (): Verification => JSON.parse(project.read('quantgate-out/verify.json'));
/** Outputs as trtexec exports them, of a device that says the classes of `classOf`. */
const exportOutputs = (classOf: (sample: number) => number) => {
  for (let i = 0; i < SAMPLES; i++) {
    const values = [0, 1, 2, 3].map((each) => Number(each === classOf(i)));
    const name = `device/${String(i).padStart(6, '0')}.json`;
    project.write(name, JSON.stringify([{ name: 'scores', dimensions: '1x4', values }]));
  }
};
describe('quantgate verify of what a device made', () => {
  it('that is what was predicted agrees, and the report of the run says so', () => {
    project.write('device/m.json', JSON.stringify({ top1: 0.5, samples: SAMPLES }));
    onDevice('--metrics', 'device/m.json');
    const [target] = verification().models[0]!.targets;
    const { predicted } = (target as CheckedTarget).metric;
    const metrics = { top1: predicted, samples: SAMPLES, library: 'TensorRT on Orin', version: '10.3' };
    project.write('device/m.json', JSON.stringify(metrics));
    const { code, stdout, stderr } = onDevice('--metrics', 'device/m.json');
    expect([code, stderr.split('\n').filter((line) => line.startsWith('quantgate:'))]).toEqual([0, []]);
    expect(stdout).toMatch(
      /^tiny {2}agrees +tensorrt: top1 [\d.]+ % by TensorRT on Orin 10\.3 beside [\d.]+ % predicted/,
    );
    expect(project.read('quantgate-out/report.md')).toMatch(
      /- checked against TensorRT on Orin 10\.3 on \d{4}-\d\d-\d\d: /,
    );
    expect(project.report().models[0]!.targets[0]).toMatchObject({
      verified: { outcome: 'agrees', samples: SAMPLES },
    });
  });

  it('that is something else differs, sample by sample', () => {
    exportOutputs((i) => i % 4);
    const { code, stdout } = onDevice('--outputs', 'device');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^tiny {2}differs +tensorrt: top1/);
    expect(stdout).toMatch(/tiny {2}why +tensorrt: the metric differs by -[\d.]+ pp/);
    expect(project.read('quantgate-out/report.md')).toContain(': differs: ');
  });

  it('is printed as JSON where that is asked for', () => {
    exportOutputs((i) => i % 4);
    const { code, stdout } = onDevice('--outputs', 'device', '--samples', '25', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual(verification());
    expect(verification().models[0]!.targets).toMatchObject([
      { outcome: 'differs', source: 'device-outputs', samples: 25 },
    ]);
  });

  it('cannot tell from a few samples', () => {
    project.write('device/m.json', JSON.stringify({ top1: 1, samples: 3 }));
    const { code, stdout } = onDevice('--metrics', 'device/m.json');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^tiny {2}cannot-tell +tensorrt: /);
  });

  it.each<[string, string[], RegExp]>([
    [
      'no name of a target',
      ['verify', '--metrics', 'm.json'],
      /^quantgate: what a device returned is of one model and one target/m,
    ],
    [
      'a target that is not there',
      ['verify', '--target', 'tensort', '--metrics', 'm.json'],
      /--target tensort is not in the configuration: did you mean tensorrt\?/,
    ],
    [
      'a file that is not there',
      ['verify', '--target', 'tensorrt', '--metrics', 'm.json'],
      /^quantgate: m\.json cannot be read/m,
    ],
    [
      'a folder that is not there',
      ['verify', '--target', 'tensorrt', '--outputs', 'o'],
      /^quantgate: tiny: o cannot be read/m,
    ],
    [
      'both',
      ['verify', '--target', 'tensorrt', '--outputs', 'o', '--metrics', 'm.json'],
      /^quantgate: --outputs and --metrics/m,
    ],
    ['no number of samples', ['verify', '--samples', '0'], /must be a whole number/],
  ])('is an error in one line: %s', (_, args, why) => {
    const { code, stderr } = project.run(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('leaves no temporary files', () => {
    expect(project.leftovers()).toEqual([]);
  });
});

it('a target whose library nobody runs here cannot be told of', () => {
  const { code, stdout, stderr } = project.run('verify', '--target', 'tensorrt');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^quantgate: cannot tell: no target has a library that runs here: give --outputs/m);
});
