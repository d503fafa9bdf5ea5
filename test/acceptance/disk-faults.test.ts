import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { installedCli } from '../support/installed.ts';
import { noise } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { baseConfig, makeProject, type Project } from '../support/project.ts';
import { zipOf } from '../support/zip.ts';

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.remove());

function elsewhere(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-elsewhere-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a line of a shell in the project, where `quantgate` is the command line, and expects one line and exit code 2. */
function expectLine(script: string, line: RegExp, env: Readonly<Record<string, string>> = {}): void {
  const { stderr, stdout, status } = spawnSync(
    'bash',
    ['-c', `quantgate() { '${process.execPath}' '${installedCli()}' "$@"; }; ${script}`],
    {
      cwd: project.folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: project.folder, CI: 'true', ...env },
    },
  );
  const lines = stderr.split('\n').filter((each) => each.startsWith('quantgate: '));
  expect(lines, stderr + stdout).toHaveLength(1);
  expect(lines[0]).toMatch(line);
  expect(stderr + stdout).not.toMatch(/defect of quantgate|\n\s+at /);
  expect(status, stderr).toBe(2);
}

describe.skipIf(process.platform === 'win32')('one line, and nothing written or read outside', () => {
  it('where a link below the output folder leads elsewhere', () => {
    const outside = elsewhere();
    writeFileSync(join(outside, 'report.json'), 'mine');
    mkdirSync(join(project.folder, 'out'));
    symlinkSync(outside, join(project.folder, 'out/chips'));
    symlinkSync(join(outside, 'report.json'), join(project.folder, 'out/report.json'));
    const { code, stdout, stderr } = project.run('run', '-o', 'out');
    expect(stdout).toMatch(/tensorrt: chips\/tiny\/.* cannot be written below .* \(a link leads elsewhere\)/);
    expect(stdout + stderr).not.toMatch(/defect of quantgate/);
    expect(code).toBe(2);
    expect(readdirSync(outside)).toEqual(['report.json']);
    expect(readFileSync(join(outside, 'report.json'), 'utf8')).toBe('mine');
  });

  it('where the output folder itself is a link that the repository brings', () => {
    const outside = elsewhere();
    symlinkSync(outside, join(project.folder, 'quantgate-out'));
    symlinkSync(outside, join(project.folder, 'quantgate-baseline'));
    for (const command of ['run', 'baseline'])
      expectLine(
        `quantgate ${command}`,
        /cannot be written \(a link leads elsewhere\): choose another folder/,
      );
    expect(readdirSync(outside)).toEqual([]);
    for (const name of ['quantgate-out', 'quantgate-baseline']) rmSync(join(project.folder, name));
  });

  it('where the configuration is a link out of the folder', () => {
    const outside = elsewhere();
    writeFileSync(join(outside, 'secret.yml'), 'password: 1\n');
    symlinkSync(join(outside, 'secret.yml'), join(project.folder, 'linked.yml'));
    expectLine('quantgate run -c linked.yml', /linked\.yml cannot be read: a link out of .*: give the path/);
    expectLine('quantgate run -c linked.yml --apply', /linked\.yml cannot be read: a link out of /);
  });

  it('where the disk is full', () => {
    // No file may be longer than a kilobyte: to a program that writes, this is a full disk.
    expectLine('ulimit -f 1; quantgate run -o full', /cannot be written.*E(FBIG|NOSPC)/);
    project.delete('full');
  });

  it('where there is no room to unpack an archive, or no folder for it', () => {
    const inputs = npyOf({ type: 'float32', dims: [8000, 1, 8, 8], data: noise(8000 * 64, 42) });
    project.write('inputs.npz', zipOf({ name: 'x.npy', content: inputs }));
    project.write('npz.yml', baseConfig.replaceAll('inputs.npy', 'inputs.npz'));
    const run = 'quantgate run -c npz.yml -o npz';
    expectLine(run, /no folder for temporary files can be made \(ENOENT.*set TMPDIR/, { TMPDIR: '/no/such' });
    // Enough for the page of a report.
    expectLine(`ulimit -f 1000; ${run}`, /inputs\.npz cannot be unpacked into .*: make room there/);
    project.delete('npz');
  });

  it('where the output cannot be printed', () => {
    expectLine('quantgate --help > /dev/full', /the output cannot be written \(ENOSPC/);
    expectLine('quantgate run -o full > /dev/full', /the output cannot be written \(ENOSPC/);
    project.delete('full');
  });

  it('where the current folder is gone', () => {
    expectLine('mkdir gone && cd gone && rmdir ../gone && quantgate run', /the current folder is gone/);
  });

  it('where the output folder is a file, or in a file system that takes none', () => {
    expectLine('quantgate run -o tiny.onnx/out', /cannot be written \(E/);
    expectLine('quantgate run -o /proc/quantgate', /\/proc\/quantgate cannot be written/);
  });

  it('where a merged calibration or a page cannot be written', () => {
    const { code } = project.run('calibrate', '-o', 'cal');
    expect(code).toBe(0);
    expectLine('quantgate merge cal/tiny.calibration.json -o cal', /cal cannot be written \(EISDIR/);
  });
});
