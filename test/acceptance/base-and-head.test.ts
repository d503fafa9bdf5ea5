import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Baseline, readBaseline, writeBaseline } from '../../src/baseline/baseline.ts';
import type { Score } from '../../src/metrics/metric.ts';
import { noise } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';
import { addBaseline, openWorld } from './world.ts';

/** Evaluation samples: a difference of one point is told from one of a half. */
const SAMPLES = 8000;
const POINT = SAMPLES / 100;
const FILE = 'tiny.baseline.json';
/** Four bits, so that quantization changes many samples. */
const config = baseConfig
  .replace('[tensorrt, onnxruntime]', '[{ chip: snpe, weight-bits: 4, activation-bits: 4 }]')
  .replace('range: [100, 400]', `range: [100, ${SAMPLES + 100}]`)
  .replace('max-drop: 10pp', 'max-drop: 1pp');

let project: Project;
/** The classes that FP32 and INT8 give to each evaluation sample. */
const classes = { fp32: new Array<number>(SAMPLES), int8: new Array<number>(SAMPLES) };

beforeAll(async () => {
  project = await makeProject();
  const count = SAMPLES + 100;
  project.write(
    'inputs.npy',
    npyOf({ type: 'float32', dims: [count, 1, 8, 8], data: noise(count * 64, 42) }),
  );
  project.write('quantgate.yml', config);
  // Each is right where the label is the class that it gives.
  for (const label of [0, 1, 2, 3]) {
    const { scores, targets } = record(new Array(SAMPLES).fill(label));
    scores.forEach((right, i) => {
      if (right === 1) classes.fp32[i] = label;
      if (targets[0].scores[i] === 1) classes.int8[i] = label;
    });
  }
}, 120_000);
afterAll(() => project.remove());

/** The baseline of main, with these labels. */
function record(labels: readonly number[]): Baseline {
  const data = BigInt64Array.from([...new Array(100).fill(0), ...labels], BigInt);
  project.write('labels.npy', npyOf({ type: 'int64', dims: [data.length], data }));
  const { code, stderr } = project.run('baseline');
  expect(code, stderr).toBe(0);
  return readBaseline(project.read(`quantgate-baseline/${FILE}`), FILE);
}

/** Labels by which quantization loses this many points: of other samples that it changes neither is right. */
function losing(points: number): number[] {
  let left = Math.round(points * POINT);
  return classes.fp32.map((fp32, i) => {
    const int8 = classes.int8[i];
    if (fp32 === int8 || left-- > 0) return fp32;
    return [0, 1, 2].find((label) => label !== fp32 && label !== int8)!;
  });
}

/** What main had: another model, with this many points more or less. */
function beside(head: Baseline, fp32Points: number, int8Points: number | undefined): Baseline {
  const [target] = head.targets;
  const fp32 = moved(head.scores, fp32Points);
  const int8 = int8Points === undefined ? undefined : moved(head.scores, int8Points);
  const mean = (scores: readonly Score[]) => scores.filter((score) => score === 1).length / SAMPLES;
  return {
    ...head,
    modelSha256: 'b'.repeat(64),
    scores: fp32,
    value: mean(fp32),
    targets: int8 === undefined ? [] : [{ ...target, scores: int8, value: mean(int8) }],
  };
}

/** Scores of which so many more, or fewer, points are right. */
function moved(scores: readonly Score[], points: number): Score[] {
  const to = points > 0 ? 1 : 0;
  let left = Math.round(Math.abs(points) * POINT);
  return scores.map((score) => {
    if (score === to || left === 0) return score;
    left--;
    return to;
  });
}

async function gateBeside(stored: string | undefined) {
  project.delete('quantgate-baseline');
  const world = await openWorld(project, { base: { 'quantgate.yml': config } });
  if (stored !== undefined) addBaseline(world, zipOf({ name: FILE, content: stored }));
  const result = await world.gate();
  await world.github.close();
  const [target] = result.report!.models[0].targets;
  if (target.verdict === 'error') throw new Error(target.reasons[0]);
  return { ...result, target };
}

describe('a pull request beside what main has', () => {
  it('whose FP32 is better and whose quantization costs more fails by quantization', async () => {
    const head = record(losing(3));
    const { target, outputs, summary } = await gateBeside(writeBaseline(beside(head, -2, -2)));
    expect(target.verdict).toBe('fail');
    expect(target.reasons[0]).toMatch(
      /^by quantization: drop 3\.00 pp \[.*\] is above the budget of 1\.00 pp$/,
    );
    expect(target.base!.training!.drop).toBeCloseTo(-0.02, 12);
    expect(target.base!.onChip.drop).toBeCloseTo(0.01, 12);
    expect(outputs).toMatchObject({ verdict: 'fail', drop: '0.03', training: '-0.02' });
    expect(summary).toMatch(/costs? the most/);
  });

  it('whose FP32 is worse fails by training, and no layer is blamed', async () => {
    const head = record(losing(0));
    const { target, outputs, summary, log } = await gateBeside(writeBaseline(beside(head, 1.5, 1.5)));
    expect(target.verdict).toBe('fail');
    expect(target.reasons[0]).toMatch(
      /^by training: FP32 drop 1\.50 pp .* since the base; on the chip, beside the quantized base: drop 1\.50 pp/,
    );
    expect(target.metric.verdict).toBe('pass');
    expect(outputs).toMatchObject({ drop: '0', regression: '0.015', training: '0.015' });
    expect(summary).not.toMatch(/costs? the most/);
    expect(log).toContain('tiny, snpe-w4a4: by training: ');
  });

  it('that loses a little twice fails on the chip', async () => {
    const head = record(losing(0.7));
    const { target } = await gateBeside(writeBaseline(beside(head, 0.7, 0.7)));
    expect(target.metric.verdict).toBe('pass');
    expect(target.verdict).toBe('fail');
    expect(target.reasons[0]).toMatch(/^on the chip, beside the quantized base: drop 1\.40 pp/);
  });

  it('is compared with FP32 of a base without INT8, which is named', async () => {
    const head = record(losing(0.1));
    const { target, report } = await gateBeside(writeBaseline(beside(head, 0.1, undefined)));
    expect(target.verdict).toBe('pass');
    expect(target.base).toMatchObject({ int8: null, onChip: { against: 'fp32' } });
    expect(report!.warnings).toContain(
      'tiny, snpe-w4a4: compared with FP32 of the base, as the baseline does not have this target yet: the next push to the base branch records it',
    );
  });

  it('is compared with a record of an earlier version as with one of FP32 alone', async () => {
    const { targets: _, ...earlier } = JSON.parse(writeBaseline(beside(record(losing(0.1)), 0, undefined)));
    const { target } = await gateBeside(JSON.stringify({ ...earlier, quantgateBaseline: 1 }));
    expect(target.base).toMatchObject({ int8: null, onChip: { against: 'fp32' } });
  });

  it('without a baseline is judged by quantization alone', async () => {
    record(losing(0.1));
    const { target, report } = await gateBeside(undefined);
    expect(target).toMatchObject({ verdict: 'pass' });
    expect(target).not.toHaveProperty('base');
    expect(report!.models[0].baseline).toEqual({ state: 'no-baseline-yet' });
  });

  it('whose model is that of main has no FP32 pass, and one of another model has one', async () => {
    const head = record(losing(0));
    const same = await gateBeside(writeBaseline(head));
    expect(same.report!.times.seconds).not.toHaveProperty(['tiny/fp32']);
    expect(same.target.base).toMatchObject({ training: { drop: 0 }, onChip: { drop: 0, against: 'int8' } });
    const other = await gateBeside(writeBaseline(beside(head, 0, 0)));
    expect(other.report!.times.seconds).toHaveProperty(['tiny/fp32']);
    expect(other.report!.warnings).toEqual([]);
  });
});
