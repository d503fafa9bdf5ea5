import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** Packs the project as npm would publish it, and gives the path of the archive in `folder`. */
export function pack(folder: string): string {
  mkdirSync(folder, { recursive: true });
  // Without a shell npm is a script beside Node everywhere but on Windows, where it is a batch file.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack left no archive in ${folder}`);
  return join(folder, archive);
}

/**
 * Unpacks the packed project into `folder/node_modules/quantgate`, beside ONNX Runtime for this platform and nothing
 * else: what npm would put there, without the way to its registry.
 *
 * @returns the folder of quantgate
 */
export function unpackInto(folder: string): string {
  const installed = join(folder, 'node_modules/quantgate');
  mkdirSync(installed, { recursive: true });
  const archive = pack(join(folder, 'packed'));
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  rmSync(join(folder, 'packed'), { recursive: true });
  const modules = join(root, 'node_modules');
  cpSync(join(modules, 'onnxruntime-common'), join(folder, 'node_modules/onnxruntime-common'), {
    recursive: true,
  });
  const binaries = join('onnxruntime-node/bin/napi-v6', process.platform, process.arch);
  for (const part of ['onnxruntime-node/package.json', 'onnxruntime-node/dist', binaries])
    cpSync(join(modules, part), join(folder, 'node_modules', part), { recursive: true });
  return installed;
}
