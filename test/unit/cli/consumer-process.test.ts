import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { consumersBy } from '../../../src/cli/consumer-process.ts';
import { UserError } from '../../../src/errors.ts';

// Node is the Python of these scripts.
const scripts = {
  good: "console.log('said ' + process.argv[2]); console.error('aside');",
  bad: "console.error('one\\ntwo'); process.exit(3);",
  loud: "process.stdout.write('x'.repeat(2 ** 20) + '\\nlast\\n');",
  crash: "process.kill(process.pid, 'SIGSEGV');",
  // Writes the number of a process of its own that never ends, nor does it itself.
  endless: `
    const { spawn } = require('node:child_process');
    const { writeFileSync } = require('node:fs');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    writeFileSync(process.argv[2], [process.pid, child.pid].join(' '));
    setInterval(() => {}, 1000);
  `,
  // Ends, and leaves one that holds its streams.
  leaving: `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    require('node:fs').writeFileSync(process.argv[2], String(child.pid));
    console.log('done');
    process.exit(0);
  `,
};

let folder: string;
beforeAll(() => {
  folder = `${mkdtempSync(join(tmpdir(), 'quantgate-consumers-'))}/`;
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.py`), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const by = (signal = never, minutes = 1) => consumersBy(process.execPath, signal, { folder, minutes });
const isAlive = (pid: string) => {
  try {
    process.kill(Number(pid), 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const allOver = (file: string) => {
  const pids = readFileSync(file, 'utf8').split(' ');
  return vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
};

describe('a consumer', () => {
  it('is given the folder of its job, and heard on both streams', async () => {
    expect(await by()('good', '/job')).toEqual({ code: 0, stdout: 'said /job\n', stderr: 'aside\n' });
  });

  it('is heard to its last line however much it says', async () => {
    const { stdout } = await by()('loud', '/job');
    expect(stdout.length).toBeLessThan(2 ** 19);
    expect(stdout.endsWith('x\nlast\n')).toBe(true);
  });

  it('ends with its exit code, or the signal that ended it', async () => {
    expect(await by()('bad', '/job')).toMatchObject({ code: 3, stderr: 'one\ntwo\n' });
    expect(await by()('crash', '/job')).toMatchObject({ code: 1, stderr: 'the library ended by SIGSEGV\n' });
  });

  it('that is not there is refused in one line, and so is a Python', async () => {
    await expect(by()('gone', '/job')).rejects.toThrow(UserError);
    const end = await consumersBy('no-such-python', never, { folder })('good', '/job');
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/^no-such-python cannot be started \(ENOENT\): give the Python/);
  });

  it('is ended with all that it started when it takes too long', async () => {
    const file = join(folder, 'late');
    const end = await by(never, 0.03)('endless', file);
    expect(end.ended).toMatch(/^took longer than 0\.03 minutes: give fewer samples with --samples$/);
    await allOver(file);
  });

  it('is ended with all that it started when this process is interrupted', async () => {
    const file = join(folder, 'interrupted');
    const interrupt = new AbortController();
    const running = by(interrupt.signal)('endless', file);
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 5000 });
    interrupt.abort();
    await expect(running).rejects.toThrow('aborted');
    await allOver(file);
  });

  it('leaves nothing running that it started', async () => {
    const file = join(folder, 'left');
    expect(await by()('leaving', file)).toMatchObject({ code: 0, stdout: 'done\n' });
    await allOver(file);
  });

  it('is ended with all that it started when this process is killed', async () => {
    const file = join(folder, 'orphan');
    const source = new URL('../../../src/cli/consumer-process.ts', import.meta.url).href;
    const code = `import { consumersBy } from ${JSON.stringify(source)};
      await consumersBy(process.execPath, new AbortController().signal, { folder: ${JSON.stringify(folder)} })('endless', ${JSON.stringify(file)});`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: 'ignore',
    });
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 15_000 });
    parent.kill('SIGKILL');
    await allOver(file);
  });
});
