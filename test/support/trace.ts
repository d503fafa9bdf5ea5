import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve, sep } from 'node:path';

/** Whether a program may be traced here: strace is there, and this kind of sandbox lets it attach. */
export const canTrace = (): boolean => spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

/** The command line before a program that writes to `log` each file it makes or opens to write, and each connection. */
export const tracing = (log: string): string[] => [
  'strace',
  '-f',
  '-qq',
  '-y',
  '-e',
  'trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,connect,sendto,sendmmsg',
  '-o',
  log,
];

export interface Traced {
  /** Absolute paths that were made or opened to write. */
  readonly written: readonly string[];
  /** The calls that reach for another process or machine, as strace prints them. */
  readonly reached: readonly string[];
}

/** Reads what `tracing` left of a program that ran in `cwd`; calls that failed count as well. */
export function traced(log: string, cwd: string): Traced {
  const lines = readFileSync(log, 'utf8').split('\n');
  const writing = lines.filter(
    (line) => /O_WRONLY|O_RDWR|O_CREAT/.test(line) || /^\d+ +(mkdir|rename|link|symlink)/.test(line),
  );
  const paths = writing.flatMap((line) => {
    const folder = /(?:AT_FDCWD|\d+)<([^>]*)>/.exec(line)?.[1] ?? cwd;
    return [...line.matchAll(/"([^"]*)"/g)].map(([, path]) => resolve(folder, path!));
  });
  return {
    written: [...new Set(paths)],
    reached: lines.filter((line) => /^\d+ +(connect|sendto|sendmmsg)\(/.test(line)),
  };
}

export const outside = (folder: string, paths: readonly string[]): string[] =>
  paths.filter((path) => !path.startsWith(folder + sep) && path !== folder && !path.startsWith('/dev/'));
