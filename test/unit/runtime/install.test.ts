import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { type Installer, installed } from '../../../src/runtime/install.ts';
import { zipOf } from '../../support/zip.ts';

let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'quantgate-runtime-'));
  lock('1.30.0');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const cache = () => join(place, 'cache');
const kept = () => readdirSync(join(cache(), 'quantgate-runtime')).sort();

function lock(version: string): void {
  mkdirSync(join(place, 'runtime'), { recursive: true });
  writeFileSync(join(place, 'runtime', 'package.json'), '{}');
  const packages = { 'node_modules/onnxruntime-node': { version } };
  writeFileSync(join(place, 'runtime', 'package-lock.json'), JSON.stringify({ packages }));
}

const platforms = ['linux/x64', 'linux/arm64', 'darwin/arm64', 'win32/x64'];

/** What npm would leave in a folder, short of its size. */
function fakePackage(folder: string): void {
  for (const platform of platforms) {
    const binaries = join(folder, 'node_modules/onnxruntime-node/bin/napi-v6', platform);
    mkdirSync(binaries, { recursive: true });
    writeFileSync(join(binaries, 'onnxruntime_binding.node'), platform);
  }
}

const archive = zipOf(
  { name: 'capi/libcuda_provider.so', content: 'cuda code' },
  { name: 'capi/other.so', content: 'not asked for' },
);
const pin = {
  onnxruntime: '1.30.0',
  cuda: 13,
  platform: 'linux-x64',
  url: 'https://example.invalid/cuda.whl',
  size: archive.length,
  sha256: createHash('sha256').update(archive).digest('hex'),
  files: ['capi/libcuda_provider.so'],
};

/** An installer that counts what it is asked for. */
function fake(change: Partial<Installer> = {}) {
  const asked: string[] = [];
  const installer: Installer = {
    platform: 'linux-x64',
    ci: async (folder) => {
      asked.push('npm');
      fakePackage(folder);
    },
    download: async (url) => {
      asked.push(url);
      return (async function* () {
        yield archive;
      })();
    },
    pin,
    ...change,
  };
  const install = (cuda = false) => installed(join(place, 'runtime'), cache(), cuda, installer);
  return { asked, install };
}

const binariesOf = (folder: string) => join(folder, 'node_modules/onnxruntime-node/bin/napi-v6');
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it should fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).not.toContain('\n');
      return (error as UserError).message;
    },
  );

describe('onnxruntime-node on a runner', () => {
  it('is installed once, in a folder of its version, without the binaries of other platforms', async () => {
    const { asked, install } = fake();
    const folder = await install();
    expect(readdirSync(binariesOf(folder))).toEqual(['linux']);
    expect(readdirSync(join(binariesOf(folder), 'linux'))).toEqual(['x64']);
    expect(await install()).toBe(folder);
    expect(asked).toEqual(['npm']);
    expect(kept()).toEqual([expect.stringMatching(/^1\.30\.0-linux-x64-[0-9a-f]{12}$/)]);
  });

  it('is installed anew for another lock, and never loaded from the old folder', async () => {
    const old = await fake().install();
    lock('1.31.0');
    const { asked, install } = fake();
    expect(await install()).not.toBe(old);
    expect(asked).toEqual(['npm']);
    expect(kept()).toHaveLength(2);
  });

  it.each<[string, (folder: string) => void]>([
    ['a file is gone', (folder) => rmSync(join(binariesOf(folder), 'linux/x64/onnxruntime_binding.node'))],
    [
      'a file is cut',
      (folder) => writeFileSync(join(binariesOf(folder), 'linux/x64/onnxruntime_binding.node'), ''),
    ],
    ['it was never finished', (folder) => rmSync(join(folder, 'installed.json'))],
    ['its list is damaged', (folder) => writeFileSync(join(folder, 'installed.json'), '{"files":[[1]]}')],
  ])('is healed when %s', async (_, damage) => {
    const folder = await fake().install();
    damage(folder);
    const { asked, install } = fake();
    expect(await install()).toBe(folder);
    expect(asked).toEqual(['npm']);
    expect(await install()).toBe(folder);
    expect(asked).toEqual(['npm']);
    expect(kept()).toHaveLength(1);
  });

  it.each([
    ['nothing is there', () => undefined],
    [
      'a damaged one is there',
      () =>
        fake()
          .install()
          .then((folder) => rmSync(join(folder, 'installed.json'))),
    ],
  ])('is installed by two jobs at once when %s', async (_, prepare) => {
    await prepare();
    const jobs = [fake(), fake(), fake()];
    const folders = await Promise.all(jobs.map(({ install }) => install()));
    expect(new Set(folders).size).toBe(1);
    expect(readFileSync(join(binariesOf(folders[0]), 'linux/x64/onnxruntime_binding.node'), 'utf8')).toBe(
      'linux/x64',
    );
    expect(kept()).toHaveLength(1);
  });

  it('leaves nothing behind when npm fails, and says what npm said', async () => {
    const { install } = fake({ ci: () => Promise.reject(new UserError('the registry is away')) });
    expect(await failure(install())).toBe('the registry is away');
    expect(kept()).toEqual([]);
  });

  it('removes what a killed job left, but not what another job is busy with', async () => {
    await fake().install();
    const drafts = join(cache(), 'quantgate-runtime');
    for (const name of ['draft-old', 'draft-new']) mkdirSync(join(drafts, name));
    utimesSync(join(drafts, 'draft-old'), 0, 0);
    lock('1.31.0');
    await fake().install();
    expect(kept().filter((name) => name.startsWith('draft'))).toEqual(['draft-new']);
  });

  it('is refused for a platform without a build', async () => {
    const { install } = fake({ platform: 'freebsd-x64' });
    expect(await failure(install())).toMatch(/no build for freebsd-x64/);
    expect(kept()).toEqual([]);
  });

  it('says where it cannot write', async () => {
    mkdirSync(cache());
    writeFileSync(join(cache(), 'quantgate-runtime'), 'a file in the way');
    expect(await failure(fake().install())).toMatch(/could not be installed in .*quantgate-runtime/);
  });
});

describe('CUDA libraries', () => {
  it('come only when they are asked for, in a folder of their own', async () => {
    const { asked, install } = fake();
    const plain = await install();
    expect(asked).toEqual(['npm']);
    const folder = await install(true);
    expect(folder).not.toBe(plain);
    expect(asked).toEqual(['npm', 'npm', pin.url]);
    const binaries = join(binariesOf(folder), 'linux/x64');
    expect(readdirSync(binaries).sort()).toEqual(['libcuda_provider.so', 'onnxruntime_binding.node']);
    expect(readFileSync(join(binaries, 'libcuda_provider.so'), 'utf8')).toBe('cuda code');
  });

  it.each<[string, Partial<Installer>, RegExp]>([
    [
      'others come',
      { pin: { ...pin, sha256: 'f'.repeat(64) } },
      /others than the pinned ones .* not ffffffffffff/,
    ],
    [
      'more comes',
      { pin: { ...pin, size: 10 } },
      /cannot be downloaded from example\.invalid \(it is larger than 10 bytes\)/,
    ],
    [
      'nothing comes',
      { download: () => Promise.reject(new Error('getaddrinfo ENOTFOUND example.invalid')) },
      /cannot be downloaded from example\.invalid \(getaddrinfo ENOTFOUND .*\): .*QUANTGATE_RUNTIME/,
    ],
    [
      'there are none',
      { platform: 'linux-arm64' },
      /are for linux-x64, this runner is linux-arm64: choose provider: cpu/,
    ],
  ])('end in one line, and nothing is installed, when %s', async (_, change, message) => {
    const { install } = fake(change);
    expect(await failure(install(true))).toMatch(message);
    expect(kept()).toEqual([]);
  });
});
