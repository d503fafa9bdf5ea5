// Fails if dist/ is not what the sources build: the Action runs dist/, reviewers read src/.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const built = mkdtempSync(join(tmpdir(), 'quantgate-dist-'));
try {
  execFileSync(
    process.execPath,
    ['node_modules/rolldown/bin/cli.mjs', '-c', 'rolldown.config.ts', '--dir', built],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const listed = (folder) =>
    new Map(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [relative(folder, path), readFileSync(path)]),
    );
  const [expected, found] = [listed(built), listed('dist')];
  const differing = [...new Set([...expected.keys(), ...found.keys()])].filter(
    (name) => !expected.get(name)?.equals(found.get(name) ?? Buffer.alloc(0)),
  );
  if (differing.length > 0) {
    console.error(`dist/ is not up to date (${differing.join(', ')}): run npm run build and commit dist/`);
    process.exitCode = 1;
  } else {
    console.log(`dist/ is up to date (${found.size} files)`);
  }
} finally {
  rmSync(built, { recursive: true, force: true });
}
