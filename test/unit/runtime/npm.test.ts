import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/runtime/npm.ts';

const failed = (stderr: string) =>
  Object.assign(new Error(`Command failed: npm ci\n${stderr}`), { code: 1, stderr });

describe('a failed npm ci', () => {
  it.each<[string, unknown, RegExp]>([
    [
      'a registry out of reach',
      failed('npm error code ENOTFOUND\nnpm error syscall getaddrinfo\n'),
      /^npm's registry cannot be reached .* \(ENOTFOUND\): .*QUANTGATE_RUNTIME/,
    ],
    ['a registry that lets nobody in', failed('npm error code E403\n'), /cannot be reached .* \(E403\)/],
    ['a registry that is broken', failed('npm error code E503\n'), /cannot be reached .* \(E503\)/],
    [
      'another package than the locked one',
      failed('npm error code EINTEGRITY\n'),
      /\(EINTEGRITY\), nothing was installed/,
    ],
    [
      'npm is not there',
      Object.assign(new Error('spawn npm ENOENT'), { code: 'ENOENT' }),
      /npm, which is not on this runner/,
    ],
    ['npm hangs', Object.assign(new Error('killed'), { killed: true, stderr: '' }), /within 10 minutes/],
    [
      'anything else',
      failed('npm error code ENOSPC\nnpm error no space left\n'),
      /by npm \(npm error code ENOSPC npm error no space left\)/,
    ],
  ])('is one line that says what to do: %s', (_, error, message) => {
    const line = failureOf(error);
    expect(line).toMatch(message);
    expect(line).not.toContain('\n');
  });
});
