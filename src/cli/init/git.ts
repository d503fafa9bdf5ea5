import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Asks git in a folder; undefined where it does not answer: no git, no repository, no such thing. */
export type Git = (...args: readonly string[]) => Promise<string | undefined>;

const TIME_LIMIT_MS = 15_000;
const MAX_BYTES = 2 ** 25;

/** A repository that was handed over whole may bring settings that run programs: none of these do here. */
const WITHOUT_PROGRAMS = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=', '-c', 'core.pager=cat'];

export function gitIn(cwd: string): Git {
  return async (...args) => {
    try {
      const { stdout } = await promisify(execFile)('git', [...WITHOUT_PROGRAMS, ...args], {
        cwd,
        timeout: TIME_LIMIT_MS,
        maxBuffer: MAX_BYTES,
        env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
      });
      return stdout;
    } catch {
      return undefined;
    }
  };
}

/** What git says of a folder. */
export interface GitFacts {
  /** The way to the folder from the root of its repository, such as `a/b/`; undefined where it is in none. */
  readonly prefix: string | undefined;
  /** Relative paths of files and folders (with "/" at their end) that git ignores. */
  readonly ignored: ReadonlySet<string>;
  readonly branch: DefaultBranch;
}

export interface DefaultBranch {
  readonly name: string;
  /** Whether git says so; it is a guess otherwise. */
  readonly isKnown: boolean;
}

export async function askGit(git: Git): Promise<GitFacts> {
  const prefix = (await git('rev-parse', '--show-prefix'))?.replace(/\n$/, '');
  if (prefix === undefined) return { prefix, ignored: new Set(), branch: { name: 'main', isKnown: false } };
  const listed = await git('ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z');
  const refs = ['refs/remotes', 'refs/heads'].map((each) => git('for-each-ref', '--format=%(refname)', each));
  const [remote, local] = await Promise.all(refs);
  const symbolic = (ref: string) => git('symbolic-ref', '--quiet', ref);
  const branch = defaultBranch({
    remoteHead: await symbolic('refs/remotes/origin/HEAD'),
    head: await symbolic('HEAD'),
    refs: [...linesOf(remote), ...linesOf(local)],
  });
  return { prefix, ignored: new Set((listed ?? '').split('\0').filter((path) => path !== '')), branch };
}

function linesOf(text = ''): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/**
 * The default branch: what HEAD of the remote "origin" points to, else the one branch, else whichever of main and master
 * there is, remote ones before local ones.
 */
export function defaultBranch(known: {
  readonly remoteHead: string | undefined;
  /** The branch that is checked out, which need not have a commit. */
  readonly head: string | undefined;
  readonly refs: readonly string[];
}): DefaultBranch {
  const named = (ref = '') => /^refs\/(?:remotes\/origin|heads)\/(.+?)\n?$/.exec(ref)?.[1];
  const own = (kind: string) =>
    known.refs.filter((ref) => ref.startsWith(`refs/${kind}/`)).flatMap((ref) => named(ref) ?? []);
  const usual = (names: readonly string[]) => {
    const found = names.filter((name) => name === 'main' || name === 'master');
    return found.length === 1 ? found[0] : undefined;
  };
  const [remote, local] = [own('remotes/origin').filter((name) => name !== 'HEAD'), own('heads')];
  const only = remote.length === 0 && local.length <= 1 ? (local[0] ?? named(known.head)) : undefined;
  const name = named(known.remoteHead) ?? usual(remote) ?? only ?? usual(local);
  return name !== undefined && isPlainBranch(name)
    ? { name, isKnown: true }
    : { name: 'main', isKnown: false };
}

/** A name that means itself in a filter of a workflow. */
function isPlainBranch(name: string): boolean {
  return name.length <= 200 && /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name);
}
