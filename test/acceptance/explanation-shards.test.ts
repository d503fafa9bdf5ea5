import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, makeProject, type Project } from '../support/project.ts';

const [first] = baseConfig.split('\n    targets:');
const [, model] = first!.split('models:\n');
const CONFIG = `${first}
    targets: [tensorrt, { chip: snpe, weight-bits: 4 }, onnxruntime]
    recover: { when: on-failure, minutes: 5 }
    budget: { max-drop: 0.2pp }
${model!.replace('name: tiny', 'name: twin')}
    targets: [snpe, tensorrt]
    budget: { max-drop: 10pp, min-sqnr-db: 20 }
`;

let project: Project;
let given: string[];
beforeAll(async () => {
  project = await makeProject();
  project.write('quantgate.yml', CONFIG);
  for (const i of [1, 2]) succeed('calibrate', '-s', `${i}/2`, '-o', 'calibration');
  const calibration = ['--calibration', ...inFolder('calibration')];
  for (const i of [1, 2]) succeed('evaluate', '-s', `${i}/2`, '-o', 'evaluation', ...calibration);
  given = [...calibration, '--evaluation', ...inFolder('evaluation')];
  for (const i of [2, 1]) succeed('explain', '-s', `${i}/2`, '-o', 'explanation', ...given);
});
afterAll(() => project.remove());

const inFolder = (folder: string) =>
  readdirSync(join(project.folder, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));

function succeed(...args: string[]): void {
  const { code, stderr } = project.run(...args);
  expect(code, stderr).toBe(0);
}

const judge = (out: string, files = inFolder('explanation'), ...options: string[]) =>
  project.run('run', '-o', out, ...given, '--explanation', ...files, ...options);

/** All files below a folder, by path, without the report: it has times. */
function chipFiles(out: string): Record<string, string> {
  const root = join(project.folder, out);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.startsWith('report.'),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(root.length), readFileSync(path, 'base64')];
    }),
  );
}

describe('shards of an explanation', () => {
  it('give the report and the files of one runner, but for its times', () => {
    const whole = project.run('run', '-o', 'whole');
    const parts = judge('parts');
    expect(whole.code).toBe(1);
    expect(parts.code, parts.stderr).toBe(1);
    expect(parts.stdout.replaceAll('parts/', 'whole/')).toBe(whole.stdout);
    expect(project.read('parts/report.md')).toBe(project.read('whole/report.md'));
    const { times, ...report } = project.report('parts');
    const { times: _, ...expected } = project.report('whole');
    expect(report).toEqual(expected);
    expect(chipFiles('parts')).toEqual(chipFiles('whole'));
    expect(Object.keys(chipFiles('parts'))).toContain('/recovered/tiny/snpe-w4a8/model.onnx');
    expect(Object.keys(times.seconds).filter((stage) => /attribute|advise|recover/.test(stage))).toEqual([]);
    expect(times.explained?.map(({ shard }) => shard).sort()).toEqual(['1/2', '2/2']);
  });

  it('are refused where one is missing, of another configuration, or of another evaluation', () => {
    const lines = ({ stderr }: ReturnType<typeof judge>) =>
      stderr.split('\n').filter((line) => line.startsWith('quantgate: tiny'));
    const tiny = inFolder('explanation').filter((path) => path.includes('tiny'));
    expect(lines(judge('refused', tiny.slice(1)))).toEqual([
      'quantgate: tiny: the explanation shards of tiny lack target "tensorrt": give the files of all 2',
    ]);
    project.write('quantgate.yml', CONFIG.replace('0.2pp', '0.3pp'));
    const other = judge('refused', tiny);
    project.write('quantgate.yml', CONFIG);
    expect(lines(other)).toEqual([
      expect.stringMatching(
        /^quantgate: tiny: explanation shard 1\/2 of tiny is of another configuration of the model \(/,
      ),
    ]);
    const [path] = tiny;
    project.write('forged.json', project.read(path!).replace(/"quantized":[\d.]+/, '"quantized":1'));
    const { code } = judge('refused', ['forged.json', ...tiny.slice(1)]);
    expect(code).toBe(2);
    expect(project.report('refused').models[0]!.targets[0]).toMatchObject({
      verdict: 'error',
      reasons: [expect.stringMatching(/^its explanation is of another evaluation: /)],
    });
  });

  it('are refused where a file of a recovery is not the one that was written, or gone', () => {
    const [file] = Object.keys(chipFiles('explanation')).filter((path) => path.includes('encodings'));
    const path = `explanation${file}`;
    const content = project.read(path);
    const said = () => {
      expect(judge('refused').code).toBe(2);
      return project.report('refused').models[0]!.targets[1]!.reasons;
    };
    project.write(path, `${content} `);
    expect(said()).toEqual([
      expect.stringMatching(/of its recovery is not the file that was written: explain again$/),
    ]);
    project.delete(path);
    expect(said()).toEqual([
      expect.stringMatching(/of its recovery cannot be read \(.*\): give all that quantgate explain wrote/),
    ]);
    project.write(path, content);
  });
});
