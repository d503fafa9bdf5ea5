import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { writeReport } from '../../../src/report/write.ts';
import { passing, sampleReport } from './sample.ts';

describe('writeReport', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes report.json and report.md and leaves nothing else', async () => {
    const report = sampleReport([passing]);
    await writeReport(join(folder, 'a/b'), report);
    await writeReport(join(folder, 'a/b'), report);
    expect((await readdir(join(folder, 'a/b'))).sort()).toEqual(['report.json', 'report.md']);
    const text = await readFile(join(folder, 'a/b/report.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(report);
    expect(text).toMatch(/^\{\n {2}"version": 1,\n[\s\S]*\}\n$/);
    expect(await readFile(join(folder, 'a/b/report.md'), 'utf8')).toBe(renderMarkdown(report));
  });

  it('writes the same bytes whatever the order of the keys was', async () => {
    const report = sampleReport([passing]);
    const turned = Object.fromEntries(Object.entries(report).reverse()) as typeof report;
    await writeReport(join(folder, 'a'), report);
    await writeReport(join(folder, 'b'), turned);
    expect(await readFile(join(folder, 'b/report.json'))).toEqual(
      await readFile(join(folder, 'a/report.json')),
    );
  });

  it('refuses a folder that it cannot write', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeReport(join(folder, 'file'), sampleReport([passing]))).rejects.toThrow(UserError);
  });

  it('writes nothing of a report that is not valid', async () => {
    const report = sampleReport([{ ...passing, metric: { ...passing.metric, drop: Number.NaN } }]);
    await expect(writeReport(folder, report)).rejects.toThrow(UserError);
    expect(await readdir(folder)).toEqual([]);
  });
});
