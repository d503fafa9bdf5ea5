import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { renderPage } from '../../../src/report/html-page.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { writeBelow, writeReport } from '../../../src/report/write.ts';
import { passing, sampleReport } from '../../support/sample-reports.ts';

describe('writeReport', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes report.json, report.md and report.html, and leaves nothing else', async () => {
    const report = sampleReport([passing]);
    await writeReport(join(folder, 'a/b'), report);
    await writeReport(join(folder, 'a/b'), report);
    expect((await readdir(join(folder, 'a/b'))).sort()).toEqual(['report.html', 'report.json', 'report.md']);
    const text = await readFile(join(folder, 'a/b/report.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(report);
    expect(text).toMatch(/^\{\n {2}"version": 1,\n[\s\S]*\}\n$/);
    expect(await readFile(join(folder, 'a/b/report.md'), 'utf8')).toBe(renderMarkdown(report));
    expect(await readFile(join(folder, 'a/b/report.html'), 'utf8')).toBe(await renderPage(report));
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

describe('writeBelow', () => {
  it('follows no link below the folder, to wherever it leads', async () => {
    const root = await mkdtemp(join(tmpdir(), 'below-'));
    onTestFinished(() => rm(root, { recursive: true }));
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'mine'), 'mine');
    await mkdir(join(root, 'out/chips'), { recursive: true });
    await symlink('../../elsewhere', join(root, 'out/chips/signs'));
    await symlink('../mine', join(root, 'out/file'));
    await symlink('out', join(root, 'link'));
    await expect(writeBelow(join(root, 'out'), 'chips/signs/README.md', 'x')).rejects.toThrow(
      /chips\/signs\/README.md cannot be written .* \(a link leads elsewhere\)/,
    );
    expect(await readdir(join(root, 'elsewhere'))).toEqual([]);
    await writeBelow(join(root, 'out'), 'file', 'x');
    expect(await readFile(join(root, 'mine'), 'utf8')).toBe('mine');
    await writeBelow(join(root, 'link'), 'chips/faces/README.md', 'x');
    expect(await readFile(join(root, 'out/chips/faces/README.md'), 'utf8')).toBe('x');
  });
});
