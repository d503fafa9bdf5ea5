import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAction } from '../support/installed.ts';
import { pack, root } from '../support/packed.ts';

const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'quantgate-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const sizeOf = (path: string) =>
  filesIn(path).reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);

describe('npm install of the packed project into an empty one', () => {
  let said = '';
  beforeAll(() => {
    const archive = pack(join(folder, 'packed'));
    writeFileSync(join(folder, 'package.json'), '{ "name": "models", "private": true }');
    const args = ['install', '--save-dev', '--ignore-scripts', '--no-audit', '--no-fund', archive];
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    said = stdout + stderr;
    expect(status, said).toBe(0);
  });

  it('has one direct dependency and warns of nothing', () => {
    const { dependencies } = manifest(join(folder, 'node_modules/quantgate'));
    expect(Object.keys(dependencies)).toEqual(['onnxruntime-node']);
    expect(said).not.toMatch(/warn/i);
  });

  it('is as large as README says', () => {
    const packages = filesIn(join(folder, 'node_modules')).filter(
      ({ name, parentPath }) => name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/]+$/.test(parentPath),
    );
    const megabytes = sizeOf(join(folder, 'node_modules')) / MIB;
    const [, stated, size] =
      /(\d+) packages, (\d+) MB/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    console.log(`${packages.length} packages, ${megabytes.toFixed(0)} MiB`);
    expect(packages.length).toBe(Number(stated));
    expect(Math.abs(megabytes - Number(size))).toBeLessThan(15);
  });

  it('runs as npx runs it', () => {
    const version = execFileSync('npx', ['--no', '--', 'quantgate', '--version'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(version.trim()).toBe(manifest(root).version);
  });
});

describe('the package', () => {
  it('holds what runs, its schemas and its documents, and no sources or tests', () => {
    const top = new Set(readdirSync(installedAction()));
    expect([...top].sort()).toEqual(
      [
        'LICENSE',
        'consumers',
        'README.md',
        'action.yml',
        'dist',
        'docs',
        'package.json',
        'runtime',
        'schema',
      ].sort(),
    );
  });
});
