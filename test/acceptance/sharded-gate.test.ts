import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';
import { addBaseline, named, openWorld, type World } from './world.ts';

/** A target does not keep its budget, and a change is found with which it does. */
const failing = baseConfig
  .replace('[tensorrt, onnxruntime]', '[tensorrt, { chip: snpe, weight-bits: 4 }]')
  .replace(
    'budget: { max-drop: 10pp }',
    'recover: { when: on-failure, minutes: 5 }\n    budget: { max-drop: 0.2pp }',
  );

let project: Project;
let recorded: string;
let world: World;
let temp: string;
beforeAll(async () => {
  project = await makeProject();
  project.run('baseline');
  recorded = project.read('quantgate-baseline/tiny.baseline.json');
});
afterAll(() => project.remove());
beforeEach(async () => {
  world = await openWorld(project);
  temp = mkdtempSync(join(tmpdir(), 'quantgate-shards-'));
  return async () => {
    rmSync(temp, { recursive: true });
    await world.github.close();
  };
});

const calibration = () => join(temp, 'calibration');
const evaluation = () => join(temp, 'evaluation');

const explanation = () => join(temp, 'explanation');

/** A job of a matrix, and the steps that take what it leaves to the folder of all of them. */
async function shard(mode: 'calibrate' | 'evaluate' | 'explain', part: string): Promise<string> {
  const kind = { calibrate: 'calibration', evaluate: 'evaluation', explain: 'explanation' }[mode];
  const inputs = {
    mode,
    shard: part,
    ...(mode !== 'calibrate' && { calibration: calibration() }),
    ...(mode === 'explain' && { evaluation: evaluation() }),
  };
  const { code, log, exported } = await world.gate({ inputs });
  expect(code, log).toBe(0);
  expect(exported).toEqual({});
  const out = join(project.folder, 'quantgate-out');
  const files = log.includes('nothing to ') ? [] : readdirSync(out);
  // As artifacts are unpacked without merge-multiple.
  const to = join(temp, kind, part.replace('/', '-'));
  mkdirSync(to, { recursive: true });
  for (const file of files) renameSync(join(out, file), join(to, file));
  return log;
}

async function matrices(): Promise<void> {
  for (const part of ['1/2', '2/2']) await shard('calibrate', part);
  for (const part of ['1/3', '2/3', '3/3']) await shard('evaluate', part);
}

const given = () => ({ calibration: calibration(), evaluation: evaluation() });
const gate = () => world.gate({ inputs: given() });
const judged = (report: object | undefined) => ({ ...report, times: undefined });

describe('a gate on several runners', () => {
  it('gives the report of one runner', async () => {
    await matrices();
    const parts = await gate();
    expect(parts.outputs.verdict, parts.log).toBe('pass');
    expect(parts.log).not.toMatch(/tiny\/(calibrate|fp32|evaluate): /);
    const whole = await world.gate();
    expect(judged(parts.report)).toEqual(judged(whole.report));
  });

  it('gives the report of one runner where a baseline saves FP32', async () => {
    addBaseline(world, zipOf({ name: 'tiny.baseline.json', content: recorded }));
    await matrices();
    const parts = await gate();
    const whole = await world.gate();
    expect(parts.report?.models[0]?.baseline.state, parts.log).toBe('compared');
    expect(judged(parts.report)).toEqual(judged(whole.report));
  });

  it('gives the report of one runner where others explain, and its artifacts', async () => {
    await world.github.close();
    world = await openWorld(project, { base: { 'quantgate.yml': failing } });
    await matrices();
    for (const part of ['1/2', '2/2']) await shard('explain', part);
    const parts = await world.gate({ inputs: { ...given(), explanation: explanation() } });
    const names = Object.keys(parts.artifacts);
    const whole = await world.gate();
    expect(parts.outputs.verdict, parts.log).toBe('fail');
    expect(parts.log).not.toMatch(/tiny\/\S*(attribute|recover): /);
    expect(judged(parts.report)).toEqual(judged(whole.report));
    expect(parts.said).toEqual(whole.said);
    const plain = ({ report: _, artifacts: __, ...outputs }: typeof parts.outputs) => outputs;
    expect(plain(parts.outputs)).toEqual(plain(whole.outputs));
    expect(names).toEqual(Object.keys(whole.artifacts));
    expect(names).toContain('quantgate-recovered-tiny-snpe-w4a8');
  });

  it('shares nothing where nothing has changed', async () => {
    await world.github.close();
    world = await openWorld(project, { base: named(project), head: { 'README.md': '# other words\n' } });
    expect(await shard('calibrate', '1/2')).toMatch(/nothing to calibrate: none of the 1 changed files/);
    expect(await shard('evaluate', '1/3')).toMatch(/nothing to evaluate: none of the 1 changed files/);
    const { report } = await gate();
    expect(report).toMatchObject({ verdict: 'pass', unchanged: expect.any(String) });
  });

  it.each([
    ['calibrate', '1/2', 'tiny.2-of-2.calibration.json'],
    ['evaluate', '1/3', 'tiny.2-of-3.evaluation.json'],
    ['explain', '1/2', 'tiny.2-of-2.explanation.json'],
    ['explain', '1/2', 'recovered/tiny/snpe/model.onnx'],
  ])('leaves nothing that the change has brought for other jobs to %s', async (mode, part, name) => {
    if (mode !== 'calibrate') for (const each of ['1/2', '2/2']) await shard('calibrate', each);
    project.write(`parts/${name}`, '{}');
    const inputs = {
      mode,
      shard: part,
      out: 'parts',
      ...(mode !== 'calibrate' && { calibration: calibration() }),
    };
    const { code, said } = await world.gate({ inputs });
    project.delete('parts');
    expect(code).toBe(1);
    expect(said).toEqual([
      `error: input out: parts holds "${name.split('/')[0]}" already, which may be the change's own: name a folder that the repository does not have`,
    ]);
  });

  it('says in one line of the model that a job of a matrix has failed', async () => {
    await shard('calibrate', '1/2');
    await shard('calibrate', '2/2');
    await shard('evaluate', '2/3');
    const { code, said } = await gate();
    expect(code).toBe(1);
    expect(said).toEqual([
      'error: tiny: evaluation shard 1/3 of tiny is missing: give all 3 files',
      'error: not every target could be judged: see the job summary',
    ]);
    rmSync(evaluation(), { recursive: true });
    expect((await gate()).said).toEqual([
      expect.stringMatching(/^error: input evaluation: .* cannot be read \(ENOENT.*download the artifacts/),
    ]);
  });

  it.each([
    ['no shard', {}, /^error: mode evaluate needs the input shard: set it to 1\/4/],
    ['a shard that is none', { shard: '5/4' }, /^error: shard "5\/4" is not one: write 1\/3/],
    [
      'an empty folder',
      { shard: '1/3', calibration: 'tmp' },
      /^error: input calibration: tmp holds no \.calibration\.json files/,
    ],
  ])('ends in one line for %s', async (_, inputs, message) => {
    const { code, said } = await world.gate({ inputs: { mode: 'evaluate', ...inputs } });
    expect(code).toBe(1);
    expect(said).toEqual([expect.stringMatching(message)]);
  });
});

describe("a runner's own ONNX Runtime", () => {
  it.each([
    ['relative', 'opt', /QUANTGATE_RUNTIME \(opt\) is relative/],
    ['in the workspace', () => project.folder, /holds no onnxruntime-node/],
  ])('is refused when it is %s', async (_, folder, message) => {
    const own = typeof folder === 'string' ? folder : folder();
    const { code, said } = await world.gate({ env: { QUANTGATE_RUNTIME: own } });
    expect(code).toBe(1);
    expect(said).toEqual([expect.stringMatching(message)]);
  });

  it('is taken where its owner has put it', async () => {
    const own = join(import.meta.dirname, '../..');
    const { code, log } = await world.gate({ env: { QUANTGATE_RUNTIME: own } });
    expect(code, log).toBe(0);
    expect(log).toContain('ONNX Runtime 1.30.0 computes on cpu');
  });
});
