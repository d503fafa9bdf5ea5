// `npm start`: gates the bundled example, and says what comes next. The example is made to fail on one chip, so exit
// code 1 of the gate is the expected end here; anything else is passed on.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(
  process.execPath,
  ['dist/cli.js', 'run', '--config', 'examples/signs/quantgate.yml', '--out', 'quantgate-out'],
  { stdio: 'inherit' },
);
if (status !== 1) process.exit(status === 0 ? 2 : (status ?? 2));
console.log('      This example fails on SNPE on purpose: exit code 1 is right.');
console.log('      Now `npx --no -- quantgate init` in your repository.');
