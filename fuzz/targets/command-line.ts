import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Samples } from '../samples.ts';
import type { FuzzTarget } from '../target.ts';
import { assertOneLine } from './inert.ts';
import { scratch, scratchFile } from './scratch.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const LONGEST_MS = 20_000;

const config = (model: string, inputs: string) => `version: 1
models:
  - name: m
    path: ${model}
    calibration: { inputs: ${inputs}, range: [0, 4] }
    evaluation: { inputs: ${inputs}, range: [4, 8] }
    targets: [tensorrt]
    budget: { max-drop: 1pp }
`;

/** The built command line, each with one file of the input. */
export function commandLineTarget(samples: Samples): FuzzTarget {
  return {
    name: 'command-line',
    seeds: [samples.model, samples.report, samples.baseline, samples.cache],
    run: (bytes) => {
      const turn = bytes.reduce((sum, byte) => (sum + byte) % COMMANDS.length, 0);
      scratchFile('input', bytes);
      scratchFile('input.onnx', bytes);
      scratchFile('input.npy', bytes);
      scratchFile('valid.onnx', samples.model);
      scratchFile('valid.json', samples.report);
      scratchFile('bad-model.yml', config('input.onnx', 'input.npy'));
      runCommandLine(COMMANDS[turn]!);
    },
  };
}

const COMMANDS = [
  ['inspect', 'input'],
  ['inspect', 'input.onnx', '--json'],
  ['diff', 'input', 'valid.json'],
  ['history', 'input'],
  ['merge', 'input', '-o', 'merged.json'],
  ['run', '-c', 'input'],
  ['run', '-c', 'bad-model.yml'],
];

/** @throws Error when it ends in any other way than its exit codes say, or prints what a terminal obeys */
function runCommandLine(args: readonly string[]): void {
  const env = { PATH: process.env.PATH, HOME: scratch, TMPDIR: scratch, CI: 'true' };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    ...{ cwd: scratch, env, encoding: 'utf8', timeout: LONGEST_MS, maxBuffer: 2 ** 28 },
  });
  const command = `quantgate ${args.join(' ')}`;
  if (status === null || status > 3) throw new Error(`${command} ended with ${signal ?? status}`);
  if (/unexpected error|^\s+at .*:\d+:\d+\)?$/m.test(stderr))
    throw new Error(`${command}: ${stderr.slice(0, 300)}`);
  if (!args.includes('--json')) for (const line of `${stdout}${stderr}`.split('\n')) assertOneLine(line);
}
