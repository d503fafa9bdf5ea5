import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurableMetrics, metrics, resolveMetric } from '../../../src/metrics/index.ts';
import type { Place } from '../../../src/paths.ts';
import { tensor } from './tensors.ts';

let root: string;
let folder: string;
let place: Place;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'metrics-'));
  folder = join(root, 'project');
  await mkdir(folder);
  place = { folder, root: folder };
  const source =
    'export default { name: "size", higherIsBetter: true, score: (o) => Object.values(o)[0].data.length };';
  await writeFile(join(folder, 'size.mjs'), source);
  await writeFile(join(root, 'outside.mjs'), source);
  await writeFile(join(folder, 'broken.mjs'), 'export default {');
  await symlink(join(root, 'outside.mjs'), join(folder, 'link.mjs'));
});
afterAll(() => rm(root, { recursive: true }));

describe('resolveMetric', () => {
  it('knows every metric by its name', async () => {
    for (const metric of metrics) expect(await resolveMetric(metric.name, place)).toBe(metric);
  });

  it('lists the known ones for an unknown name', async () => {
    await expect(resolveMetric('top2', place)).rejects.toThrow(
      `metric "top2" is unknown: use ${[...metrics, ...configurableMetrics].map(({ name }) => name).join(', ')}, or { module: path }`,
    );
  });

  it('reads the first output unless one is named', async () => {
    const two = { a: tensor([0, 1]), b: tensor([1, 0]) };
    expect((await resolveMetric({ name: 'top1' }, place)).score(two, 1, undefined)).toBe(1);
    const second = await resolveMetric({ name: 'top1', output: 'b' }, place);
    expect(second.score(two, 1, undefined)).toBe(0);
    expect(() => second.score({ a: two.a }, 1, undefined)).toThrow('no output "b", only a');
    expect((await resolveMetric({ name: 'agreement', output: 'b' }, place)).keep?.(two)).toBe(0);
  });

  it('loads a module of the folder, whose metric is the mean unless it aggregates', async () => {
    const metric = await resolveMetric({ module: 'size.mjs', output: 'a' }, place);
    expect(metric).toMatchObject({
      name: 'size',
      unit: 'value',
      labels: 'any',
      reference: false,
      decomposable: true,
    });
    expect(metric.aggregate([metric.score({ a: tensor([1, 2, 3]) }, undefined, undefined), 5])).toBe(4);
  });

  it('refuses modules outside the folder, also through a link', async () => {
    for (const module of ['../outside.mjs', 'link.mjs']) {
      await expect(resolveMetric({ module }, place)).rejects.toThrow(/outside|link out of/);
    }
  });

  it('says in one line what is wrong with a module', async () => {
    await expect(resolveMetric({ module: 'absent.mjs' }, place)).rejects.toThrow('absent.mjs does not exist');
    await expect(resolveMetric({ module: 'broken.mjs' }, place)).rejects.toThrow(
      /^metric module broken\.mjs does not load \([^\n]+\): correct it$/,
    );
  });
});
