import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/load-config.ts';
import { openDataset } from '../../src/data/dataset.ts';
import { commandOptions } from '../../src/metrics/command-options.ts';
import { configurableMetrics, metrics, resolveMetric } from '../../src/metrics/index.ts';
import { openScorer } from '../../src/metrics/score-sample.ts';
import { isMissing } from '../support/needs.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/modules.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter(([, each]) => each === language)
    .map(([, , text]) => text!);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modules-page-'));
});
afterAll(() => rm(folder, { recursive: true }));
const place = () => ({ folder, root: folder });
const float = (values: number[], dims: number[]) =>
  ({ type: 'float32', dims, data: Float32Array.from(values) }) as const;

describe('docs/modules.md', () => {
  it('names every metric', () => {
    for (const { name } of [...metrics, ...configurableMetrics]) expect(page).toContain(`\`${name}\``);
  });

  it.each(blocks('yaml').map((text) => [text]))('has parts of a configuration that are valid: %s', (text) => {
    const part = parse(text);
    const evaluation = { inputs: 'x.npy', ...part.evaluation, ...(part.metric && { metric: part.metric }) };
    const model = {
      name: 'a',
      path: 'a.onnx',
      calibration: { inputs: 'x.npy' },
      evaluation,
      targets: ['snpe'],
      budget: { 'max-drop': '1pp' },
      ...(part.preprocess && { preprocess: part.preprocess }),
    };
    expect(parseConfig(JSON.stringify({ version: 1, models: [model] }), 'q.yml').models).toHaveLength(1);
  });

  it('has a metric module that measures', async () => {
    await writeFile(join(folder, 'metric.mjs'), blocks('js')[0]!);
    const metric = await resolveMetric({ module: 'metric.mjs' }, place());
    const score = (label: number) => metric.score({ y: float([1, 3], [1, 2]) }, label, undefined, ['y']);
    expect(metric).toMatchObject({ name: 'error', labels: 'class', unit: 'fraction' });
    expect(metric.aggregate([score(1), score(0)])).toBe(0.5);
  });

  it('has a module that decodes boxes', async () => {
    await writeFile(join(folder, 'decode.mjs'), blocks('js')[1]!);
    const options = { decode: './decode.mjs', size: [352, 352] };
    const metric = await resolveMetric({ name: 'map', options }, place());
    const boxes = [{ category: 5, class: 2, box: [0, 0, 8, 8], crowd: false }];
    const label = { width: 352, height: 352, boxes };
    const score = metric.score({ y: float([0, 0, 8, 8, 0.5, 2], [1, 1, 6]) }, label, undefined, ['y']);
    expect(metric.aggregate([score])).toBe(1);
  });

  it('has a data module that yields samples', async () => {
    await writeFile(join(folder, 'data.mjs'), blocks('js')[2]!);
    const port = { name: 'x', type: 'float32', dims: [null, 2] } as const;
    const dataset = await openDataset({ inputs: './data.mjs', range: [1, 3] }, [port], place());
    const labels = [];
    for await (const { label } of dataset.samples()) labels.push(label);
    expect(labels).toEqual([1, 0]);
  });

  // The first in PATH may be another one than the system's, which has the packages of Debian.
  const hasNumpy = (each: string) => spawnSync(each, ['-c', 'import numpy']).status === 0;
  const python = ['python3', '/usr/bin/python3'].find(hasNumpy);
  const isSkipped = isMissing('a Python with numpy (Debian: python3-numpy)', python !== undefined);
  it.skipIf(isSkipped)('has a command that measures', async () => {
    await writeFile(join(folder, 'eval.py'), blocks('python')[0]!);
    const command = commandOptions.parse({ command: [python!, 'eval.py'], aggregate: 'ratio' });
    const metric = await resolveMetric({ command }, place());
    const scoring = { model: 'fp32', signal: new AbortController().signal, beat: () => {} };
    const scorer = await openScorer(metric, scoring);
    for (const label of [1, 0])
      await scorer.add({ sample: label, outputs: { y: float([1, 3], [1, 2]) }, label, reference: undefined });
    expect(metric.aggregate(await scorer.finish())).toBe(0.5);
    await scorer.close();
  });
});
