// `npm run mutate`: breaks sources in small ways, one at a time, and lists what no unit test notices.
//
//   npm run mutate                               the sources that changed since the base branch
//   npm run mutate -- src/verdict/budget.ts ...  these
//   npm run mutate -- --all                      all of them: takes hours
import { execFileSync, spawnSync } from 'node:child_process';

const GENERATED = 'src/onnx/gen/';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).split('\n').filter(Boolean);

/** The branch that pull requests go to, as far as this clone knows it. */
function baseBranch() {
  const known = git('for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/remotes');
  const base = ['origin/main', 'main'].find((name) => known.includes(name));
  if (base === undefined) throw new Error('there is no branch main: name the files to mutate');
  return base;
}

function changedSources() {
  const changed = git('diff', '--name-only', '--diff-filter=d', '--merge-base', baseBranch(), '--', 'src');
  const added = git('ls-files', '--others', '--exclude-standard', '--', 'src');
  return [...changed, ...added].filter((path) => path.endsWith('.ts') && !path.startsWith(GENERATED));
}

const args = process.argv.slice(2);
const isAll = args.includes('--all');
const files = args.length > 0 ? args : changedSources();
if (files.length === 0) {
  console.log('No source changed since the base branch: nothing to mutate.');
} else {
  const options = isAll ? [] : ['--mutate', files.join(',')];
  const { status } = spawnSync('npx', ['stryker', 'run', ...options], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
