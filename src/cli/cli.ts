#!/usr/bin/env node
import { Command } from 'commander';
import { failureLine, UserError } from '../errors.ts';
import { version } from '../version.ts';
import { baselineCommand } from './commands/baseline-command.ts';
import { calibrateCommand } from './commands/calibrate-command.ts';
import { evaluateCommand } from './commands/evaluate-command.ts';
import { mergeCommand } from './commands/merge-command.ts';
import { parseMinutes, recoverCommand } from './commands/recover-command.ts';
import { exitCodes, runCommand } from './commands/run-command.ts';
import { diff } from './diff.ts';
import { doctor } from './doctor/doctor.ts';
import { connect } from './github.ts';
import { history } from './history.ts';
import { init } from './init/init.ts';
import { inspect } from './inspect.ts';
import { protect } from './protect.ts';
import { pull } from './pull/pull.ts';
import { terminalProgress } from './terminal-progress.ts';
import type { World } from './world.ts';

const INTERRUPTED = 130;
const TOKEN_HELP =
  '\nEnvironment: GITHUB_TOKEN or GH_TOKEN, and GITHUB_API_URL of a GitHub Enterprise Server.';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());

const world: World = {
  cwd: process.cwd(),
  progress: terminalProgress(process.stderr, process.env, () => performance.now()),
  signal: interrupt.signal,
  print: (line) => console.log(line),
  complain: (line) => console.error(`quantgate: ${line}`),
  github: () => connect(process.env),
};

const program = new Command('quantgate')
  .description('Gates a model change on the accuracy it loses when quantized for the chip it ships on.')
  .version(version)
  .showHelpAfterError('(quantgate --help lists commands and options)')
  .exitOverride((error) => {
    throw error;
  });

const compute = (name: string, description: string, out: string) =>
  program
    .command(name)
    .description(description)
    .option('-c, --config <file>', 'the configuration', 'quantgate.yml')
    .option('-o, --out <folder>', 'where to write', out)
    .option('-p, --provider <name>', "auto, cpu, cuda or webgpu (default: the configuration's)");

compute('run', 'calibrate, emulate the targets, compare with FP32 and judge', 'quantgate-out')
  .option('-b, --baseline <folder>', 'stored baselines to compare with (quantgate baseline)')
  .option('--calibration <files...>', 'finished calibrations (quantgate calibrate), any number of shards')
  .option('--evaluation <files...>', 'finished evaluations (quantgate evaluate), all shards')
  .option('--json', 'print report.json instead of a summary')
  .option(
    '--apply [target]',
    'write the measured changes (the plan of recovery, else suggested ranges) into the configuration: of one target, or of all',
  )
  .addHelpText('after', '\nExit codes: 0 pass, 1 fail, 2 error, 3 inconclusive.')
  .action(async (options) => finish(await runCommand(options, world)));

compute(
  'recover',
  'seek the smallest change with which targets that do not pass keep their budgets',
  'quantgate-out',
)
  .option('-t, --target <target>', 'only this target, as the report names it')
  .option('-m, --minutes <number>', "for each model (default: the configuration's, else 10)", parseMinutes)
  .option('-b, --baseline <folder>', 'stored baselines, as for run')
  .option('--calibration <files...>', 'finished calibrations, as for run')
  .option('--json', 'print report.json instead of a summary')
  .option('--apply [target]', 'write what was found into the configuration, as for run')
  .addHelpText(
    'after',
    '\nWhat repairs is taken from calibration samples alone; what is measured, from the evaluation samples.' +
      '\nRepaired models and their parameters are in recovered/ below the folder. Exit codes: as for run.',
  )
  .action(async (options) => finish(await recoverCommand(options, world)));

compute(
  'baseline',
  'record FP32 and INT8 of every model, metric and per-sample results',
  'quantgate-baseline',
).action(async (options) => finish(await baselineCommand(options, world)));

compute('calibrate', 'collect the histograms of the calibration samples', 'quantgate-calibration')
  .option('-s, --shard <i/n>', 'only the i-th of n parts of the samples, counted from 1')
  .action(async (options) => finish(await calibrateCommand(options, world)));

compute('evaluate', 'run FP32 and the targets on a part of the evaluation samples', 'quantgate-evaluation')
  .requiredOption('-s, --shard <i/n>', 'the i-th of n parts of the samples, counted from 1')
  .option('-b, --baseline <folder>', 'stored baselines, as for run')
  .option('--calibration <files...>', 'finished calibrations, as for run')
  .action(async (options) => finish(await evaluateCommand(options, world)));

program
  .command('merge')
  .description('merge the shards of one calibration; the order does not matter')
  .argument('<files...>', 'files that quantgate calibrate wrote')
  .requiredOption('-o, --out <file>', 'where to write the merged calibration')
  .action(async (files, options) => finish(await mergeCommand(files, options, world)));

program
  .command('diff')
  .description(
    'print what differs between two reports, or two parameter files of any chip, the largest first',
  )
  .argument('<before>', 'report.json, or a parameter file')
  .argument('<after>', 'another of the kind')
  .option('--json', 'print every difference as JSON')
  .addHelpText('after', '\nExit codes: 0 nothing differs, 1 something does, 2 error.')
  .action(async (before, after, options) => finish(await diff(before, after, options, world)));

program
  .command('history')
  .description('print how accuracy went on the base branch, as recorded in baselines')
  .argument('[place]', 'a folder of baselines, or history.json of the history branch', 'quantgate-baseline')
  .option('--html <file>', 'also write it as one page')
  .action(async (place, options) => finish(await history(place, options, world)));

program
  .command('inspect')
  .description('print what a parameter file says: calibration cache, encodings, whoever wrote it')
  .argument('<file>', 'any parameter file of a target')
  .option('--json', 'print every channel of every tensor as JSON')
  .action(async (file, options) => finish(await inspect(file, options, world)));

program
  .command('init')
  .description('write quantgate.yml and the workflows for the models of this repository')
  .option('--force', 'overwrite files that are there already')
  .action(async (options) => finish(await init(options, world)));

program
  .command('doctor')
  .description('find what lets a pull request around the gate, or stalls it, in this repository')
  .option('-r, --repo <owner/repo>', 'also look at the settings of this repository on GitHub')
  .option('--branch <name>', 'with --repo, the branch to look at (default: its default branch)')
  .option('--check <job>', 'with --repo, the check that the branch must require', 'gate')
  .addHelpText('after', '\nExit codes: 0 nothing is wrong, 1 something is, 2 error.')
  .action(async (options) => finish(await doctor(options, world)));

program
  .command('pull')
  .description("fetch the parameter files of one chip that a pull request's gate made, and verify them")
  .requiredOption('-r, --repo <owner/repo>', 'the repository of the pull request')
  .requiredOption('--pr <number>', 'the pull request')
  .requiredOption('-t, --target <target>', 'as the report names it, such as tensorrt')
  .option('-m, --model <name>', 'needed where several models have this target')
  .option('-o, --out <folder>', 'a new folder to write (default: quantgate-<model>-<target>)')
  .addHelpText('after', TOKEN_HELP)
  .action(async (options) => finish(await pull(options, world)));

program
  .command('protect')
  .description("make the gate's job a required check of a branch")
  .requiredOption('-r, --repo <owner/repo>', 'the repository')
  .option('--branch <name>', 'the branch (default: the default branch of the repository)')
  .option('--check <job>', 'the name of the job', 'gate')
  .option('--classic', 'by classic branch protection, not by a ruleset')
  .addHelpText('after', TOKEN_HELP)
  .action(async (options) => finish(await protect(options, world)));

function finish(code: number): void {
  process.exitCode = code;
}

try {
  await program.parseAsync();
} catch (error) {
  finish(report(error));
}

function report(error: unknown): number {
  if (interrupt.signal.aborted) {
    world.complain('interrupted; no report was written');
    return INTERRUPTED;
  }
  if (error instanceof UserError) {
    for (const line of error.message.split('\n')) world.complain(line);
    return exitCodes.error;
  }
  if (
    error instanceof Error &&
    'exitCode' in error &&
    'code' in error &&
    String(error.code).startsWith('commander.')
  ) {
    return error.exitCode === 0 ? 0 : exitCodes.error;
  }
  world.complain(failureLine(error));
  return exitCodes.error;
}
