// `npm start`: gates the bundled example and prints its report. The example is made to fail on one chip, so exit
// code 1 of the gate is the expected end here; anything else is passed on.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { status } = spawnSync(
  process.execPath,
  ['dist/cli.js', 'run', '--config', 'examples/signs/quantgate.yml', '--out', 'quantgate-out'],
  { stdio: 'inherit' },
);
if (status !== 1) process.exit(status === 0 ? 2 : (status ?? 2));
console.log(readFileSync('quantgate-out/report.md', 'utf8'));
console.log('The gate ended with exit code 1, as it should: this example fails on SNPE on purpose.');
