import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBaseline } from '../../src/baseline/baseline.ts';
import { unzip } from '../../src/github/unzip.ts';
import { readHistory } from '../../src/history/history-file.ts';
import { addCommit } from '../fake-github/build.ts';
import { fileAt } from '../fake-github/git.ts';
import type { Permissions } from '../fake-github/state.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { named, openWorld, reading, type World } from './world.ts';

/** How often main is pushed; a run by hand with 200 takes some minutes. */
const PUSHES = Number(process.env.QUANTGATE_PUSHES ?? 5);
const BRANCH = 'quantgate-history';
const config = `${baseConfig}history: { branch: ${BRANCH} }\n`;
const writing: Permissions = { ...reading, contents: 'write' };

let project: Project;
let world: World;
beforeAll(async () => {
  project = await makeProject();
  world = await openWorld(project, {
    base: { ...named(project), 'quantgate.yml': config },
    head: { 'tiny.onnx': 'another model' },
  });
});
afterAll(async () => {
  await world.github.close();
  project.remove();
});

const onBranch = (file: string) => {
  const tip = world.repo.refs.get(`heads/${BRANCH}`);
  return tip && Buffer.from(fileAt(world.repo, tip, file)!).toString();
};

async function push(permissions = writing) {
  addCommit(world.github.state, world.repo, { branch: 'main', files: { 'n.txt': String(Math.random()) } });
  const result = await world.gate({ on: 'push', permissions });
  expect(result.code, result.log).toBe(0);
  return result;
}

describe('the history of the base branch', () => {
  it(
    'has a point for each push, also behind an artifact that has expired, on a branch with page and badge',
    async () => {
      for (let i = 0; i < PUSHES; i++) {
        await push();
        // The newest artifact is gone before the next push, once.
        if (i === Math.floor(PUSHES / 2)) {
          const { artifacts } = world.repo;
          artifacts.push({ ...artifacts.pop()!, expired: true });
        }
      }
      const [{ model, points }] = readHistory(onBranch('history.json')!, 'history.json');
      expect(model).toBe('tiny');
      expect(points).toHaveLength(PUSHES);
      expect(new Set(points.map(({ commit }) => commit)).size).toBe(PUSHES);
      expect(points.at(-1)).toMatchObject({
        commit: world.repo.refs.get('heads/main'),
        metric: 'top1',
        fp32: 1,
        targets: [{ target: 'tensorrt' }, { target: 'onnxruntime' }],
      });
      expect(onBranch('index.html')).toContain(`${PUSHES} recordings`);
      expect(JSON.parse(onBranch('badge.json')!)).toMatchObject({ schemaVersion: 1, label: 'quantized' });
      expect(onBranch('badge.svg')).toMatch(/^<svg /);
    },
    60_000 + 5000 * PUSHES,
  );

  it('rides along in the baseline', async () => {
    const zip = world.repo.artifacts.findLast(({ name }) => name === 'quantgate-baseline')!.zip;
    const files = await unzip(zip, 'quantgate-baseline');
    const text = Buffer.from(files.get('tiny.baseline.json')!).toString();
    expect(readBaseline(text, 'tiny.baseline.json').history).toHaveLength(PUSHES);
  });

  it('is drawn in front of what a pull request does to it', async () => {
    const { report, summary, log } = await world.gate();
    const [target] = report!.models[0].targets;
    if (target.verdict === 'error') throw new Error(log);
    expect(target.base!.history).toHaveLength(Math.min(PUSHES, 60));
    expect(target, 'the same model as on main').not.toHaveProperty('sinceBase');
    expect(summary).toMatch(/- [▁▂▃▄▅▆▇█]{4,13} on the base branch and here, from \d+\.\d+ %/);
  });

  it('is no reason to have no baseline: what is in its way is said', async () => {
    const { said } = await push(reading);
    expect(said).toEqual([expect.stringMatching(/^warning: the history branch: cannot .*contents: write/)]);
  });

  it('takes the place of no other branch', async () => {
    const other = await openWorld(project, {
      base: { ...named(project), 'quantgate.yml': config },
    });
    addCommit(other.github.state, other.repo, { branch: BRANCH, files: { 'index.html': 'ours' } });
    const { code, said, log } = await other.gate({ on: 'push', permissions: writing });
    expect(code, log).toBe(0);
    expect(said[0]).toMatch(/^warning: the history branch: branch "quantgate-history" has no history\.json/);
    const tip = other.repo.refs.get(`heads/${BRANCH}`)!;
    expect(Buffer.from(fileAt(other.repo, tip, 'index.html')!).toString()).toBe('ours');
    await other.github.close();
  });
});

describe('quantgate history', () => {
  it('prints the recordings of a folder of baselines, and draws them', () => {
    project.write('quantgate.yml', baseConfig);
    project.delete('quantgate-baseline');
    for (let i = 0; i < 3; i++) expect(project.run('baseline').code).toBe(0);
    const { code, stdout } = project.run('history', '--html', 'history.html');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^tiny: top1, 3 recordings since \d{4}-\d\d-\d\d\n {2}FP32 +▁▁▁ 100\.00 %\n {2}tensorrt +[▁-█]{3} /,
    );
    expect(project.read('history.html')).toContain('3 recordings');
  });

  it('says in one line what it cannot read', () => {
    project.write('broken/tiny.baseline.json', '{}');
    for (const [place, why] of [
      [
        'nowhere',
        /^quantgate: nowhere cannot be read \(.*\): give a folder of baselines, or history\.json\n$/,
      ],
      ['broken', /^quantgate: tiny\.baseline\.json is not a baseline/],
      ['tiny.onnx', /^quantgate: tiny\.onnx is not a history/],
    ] as const) {
      const { code, stderr } = project.run('history', place);
      expect(code).toBe(2);
      expect(stderr).toMatch(why);
    }
  });
});
