#!/usr/bin/env node
import { Command, Option } from 'commander';
import { failureLine, messageOf, UserError } from '../errors.ts';

import { plainLine } from '../plain.ts';

import { INTERRUPTED, INTERRUPTED_LINE } from '../supervision/ending.ts';
import { tellNobody } from '../supervision/message.ts';
import { supervise } from '../supervision/supervise.ts';
import { openSupervised } from '../supervision/supervised.ts';

import { version } from '../version.ts';
import type { RunOptions } from './commands/run-command.ts';
import { exitCodes } from './exit-codes.ts';
import { leaveTerminal } from './leave-terminal.ts';
import { loudnessOf } from './loudness.ts';
import { parseMinutes } from './minutes-option.ts';
import { parseSamples } from './samples-option.ts';
import type { World } from './world.ts';

const TOKEN_HELP =
  '\nEnvironment: GITHUB_TOKEN or GH_TOKEN, and GITHUB_API_URL of a GitHub Enterprise Server.';

stopAtFullOutput(process.stdout);

const interrupt = new AbortController();
const supervised = openSupervised();
// The process that watches this one hands on what it was sent, which a terminal may have sent to both.
const listen = supervised === undefined ? process.once : process.on;
for (const signal of ['SIGINT', 'SIGTERM'] as const) listen.call(process, signal, () => interrupt.abort());

const complain = (line: string) => console.error(`quantgate: ${plainLine(line)}`);

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
    .option('-p, --provider <name>', "auto, cpu, cuda or webgpu (default: the configuration's)")
    .addOption(new Option('-q, --quiet', 'print the result and errors alone').conflicts('verbose'))
    .option('-v, --verbose', 'print all warnings and notes, and every stage with its time');

/** An option that may be given several times, or several values. */
const several = (value: string, earlier: readonly string[] = []) => [...earlier, value];

const PART_CODES =
  '\nOf --model and --target they are those of the part that was measured, and the report warns of it.';

compute('run', 'calibrate, emulate the targets, compare with FP32 and judge', 'quantgate-out')
  .option('-m, --model <name>', 'measure only this model; may be given again', several)
  .option(
    '-t, --target <target>',
    'measure only this target, or all of this chip; may be given again',
    several,
  )
  .addOption(
    new Option(
      '--dry-run',
      'say what would be measured, what is missing and about how long it takes; write nothing',
    ).conflicts(['json', 'apply']),
  )
  .option('-b, --baseline <folder>', 'stored baselines to compare with (quantgate baseline)')
  .option('--calibration <files...>', 'finished calibrations (quantgate calibrate), any number of shards')
  .option('--evaluation <files...>', 'finished evaluations (quantgate evaluate), all shards')
  .option('--explanation <files...>', 'finished explanations (quantgate explain), all shards')
  .option('--json', 'print report.json instead of a summary')
  .option(
    '--apply [target]',
    'write the measured changes (the plan of recovery, else suggested ranges) into the configuration: of one target, or of all',
  )
  .addHelpText('after', `\nExit codes: 0 pass, 1 fail, 2 error, 3 inconclusive.${PART_CODES}`)
  .action(measuring<[RunOptions]>(async () => (await import('./commands/run-command.ts')).runCommand));

compute(
  'recover',
  'seek the smallest change with which targets that do not pass keep their budgets',
  'quantgate-out',
)
  .option('-m, --model <name>', 'only this model; may be given again', several)
  .option('-t, --target <target>', 'only this target, or all of this chip; may be given again', several)
  .option('--minutes <number>', "for each model (default: the configuration's, else 10)", parseMinutes)
  .option('-b, --baseline <folder>', 'stored baselines, as for run')
  .option('--calibration <files...>', 'finished calibrations, as for run')
  .option('--json', 'print report.json instead of a summary')
  .option('--apply [target]', 'write what was found into the configuration, as for run')
  .addHelpText(
    'after',
    '\nWhat repairs is taken from calibration samples alone; what is measured, from the evaluation samples.' +
      '\nRepaired models and their parameters are in recovered/ below the folder. Exit codes: as for run.',
  )
  .action(measuring(async () => (await import('./commands/recover-command.ts')).recoverCommand));

compute('verify', "run the chip files in the vendors' libraries, or read what a device made", 'quantgate-out')
  .option('-m, --model <name>', 'only this model')
  .option('-t, --target <target>', 'only this target, or all of this chip')
  .option('--python <command>', 'a Python with the package of the vendor', 'python3')
  .option('-n, --samples <number>', 'only the first evaluation samples', parseSamples)
  .option('--outputs <folder>', 'outputs that a device returned, one entry a sample')
  .option('--metrics <file>', 'the metric of a device: { "top1": 0.91, "samples": 400 }')
  .option('-b, --baseline <folder>', 'also add the outcome to stored baselines and their history')
  .option('--json', 'print verify.json instead of a summary')
  .addHelpText(
    'after',
    '\nThe folder is that of quantgate run, whose report.json is told the outcome.' +
      '\nExit codes: 0 agrees, 1 differs, 2 error, 3 cannot tell.',
  )
  .action(measuring(async () => (await import('./commands/verify-command.ts')).verifyCommand));

compute(
  'baseline',
  'record FP32 and INT8 of every model, metric and per-sample results',
  'quantgate-baseline',
).action(measuring(async () => (await import('./commands/baseline-command.ts')).baselineCommand));

compute('calibrate', 'collect the histograms of the calibration samples', 'quantgate-calibration')
  .option('-s, --shard <i/n>', 'only the i-th of n parts of the samples, counted from 1')
  .action(measuring(async () => (await import('./commands/calibrate-command.ts')).calibrateCommand));

compute('evaluate', 'run FP32 and the targets on a part of the evaluation samples', 'quantgate-evaluation')
  .requiredOption('-s, --shard <i/n>', 'the i-th of n parts of the samples, counted from 1')
  .option('-b, --baseline <folder>', 'stored baselines, as for run')
  .option('--calibration <files...>', 'finished calibrations, as for run')
  .action(measuring(async () => (await import('./commands/evaluate-command.ts')).evaluateCommand));

compute('explain', 'attribute, advise and recover a share of the targets', 'quantgate-explanation')
  .requiredOption('-s, --shard <i/n>', 'the i-th of n parts of the targets, counted from 1')
  .option('-b, --baseline <folder>', 'stored baselines, as for run')
  .option('--calibration <files...>', 'finished calibrations, as for run')
  .option('--evaluation <files...>', 'finished evaluations, as for run')
  .action(measuring(async () => (await import('./commands/explain-command.ts')).explainCommand));

program
  .command('merge')
  .description('merge the shards of one calibration; the order does not matter')
  .argument('<files...>', 'files that quantgate calibrate wrote')
  .requiredOption('-o, --out <file>', 'where to write the merged calibration')
  .action(here(async () => (await import('./commands/merge-command.ts')).mergeCommand));

program
  .command('diff')
  .description(
    'print what differs between two reports, or two parameter files of any chip, the largest first',
  )
  .argument('<before>', 'report.json, or a parameter file')
  .argument('<after>', 'another of the kind')
  .option('--json', 'print every difference as JSON')
  .addHelpText('after', '\nExit codes: 0 nothing differs, 1 something does, 2 error.')
  .action(here(async () => (await import('./diff.ts')).diff));

program
  .command('history')
  .description('print how accuracy went on the base branch, as recorded in baselines')
  .argument('[place]', 'a folder of baselines, or history.json of the history branch', 'quantgate-baseline')
  .option('--html <file>', 'also write it as one page')
  .action(here(async () => (await import('./history.ts')).history));

program
  .command('inspect')
  .description('print what a parameter file says: calibration cache, encodings, whoever wrote it')
  .argument('<file>', 'any parameter file of a target')
  .option('--json', 'print every channel of every tensor as JSON')
  .action(here(async () => (await import('./inspect.ts')).inspect));

program
  .command('init')
  .description('write quantgate.yml and the workflows for the models of this repository')
  .option(
    '-t, --target <names...>',
    'what the models ship on, such as jetson htp-v73 (default: tensorrt onnxruntime)',
  )
  .option('--force', 'overwrite files that are there already')
  .action(measuring(async () => (await import('./init/init.ts')).init));

program
  .command('doctor')
  .description('find what lets a pull request around the gate, or stalls it, in this repository')
  .option('-r, --repo <owner/repo>', 'also look at the settings of this repository on GitHub')
  .option('--branch <name>', 'with --repo, the branch to look at (default: its default branch)')
  .option('--check <job>', 'the check that the branch must require', 'gate')
  .addHelpText('after', '\nExit codes: 0 nothing is wrong, 1 something is, 2 error.')
  .action(here(async () => (await import('./doctor/doctor.ts')).doctor));

program
  .command('pull')
  .description("fetch the parameter files of one chip that a pull request's gate made, and verify them")
  .requiredOption('-r, --repo <owner/repo>', 'the repository of the pull request')
  .requiredOption('--pr <number>', 'the pull request')
  .requiredOption('-t, --target <target>', 'as the report names it, such as tensorrt')
  .option('-m, --model <name>', 'needed where several models have this target')
  .option('-o, --out <folder>', 'a new folder to write (default: quantgate-<model>-<target>)')
  .addHelpText('after', TOKEN_HELP)
  .action(here(async () => (await import('./pull/pull.ts')).pull));

program
  .command('protect')
  .description("make the gate's job a required check of a branch")
  .requiredOption('-r, --repo <owner/repo>', 'the repository')
  .option('--branch <name>', 'the branch (default: the default branch of the repository)')
  .option('--check <job>', 'the name of the job', 'gate')
  .option('--classic', 'by classic branch protection, not by a ruleset')
  .addHelpText('after', TOKEN_HELP)
  .action(here(async () => (await import('./protect.ts')).protect));

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new UserError(`the current folder is gone (${messageOf(error)}): change into one that is there`);
  }
}

/** What cannot be printed ends the run; a reader that has enough, as of a pipe into head, is no fault. */
function stopAtFullOutput(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') void leave(exitCodes.error);
    else giveUp(`the output cannot be written (${messageOf(error)}): give it another place`);
  });
}

function giveUp(line: string): void {
  // As it is: what is behind console.error may be what failed.
  process.stderr.write(`quantgate: ${plainLine(line)}\n`);
  void leave(exitCodes.error);
}

async function leave(code: number): Promise<never> {
  await supervised?.end(code);
  process.exit(code);
}

/** A command, which is loaded when it runs. */
type Load<Given extends unknown[]> = () => Promise<(...given: [...Given, World]) => number | Promise<number>>;

/** Runs a command in this process. */
function here<Given extends unknown[]>(load: Load<Given>) {
  return async (...given: [...Given, Command]) => {
    const { terminalWorld } = await import('./terminal-world.ts');
    const { signal } = interrupt;
    const loudness = loudnessOf((given.at(-1) as Command).opts());
    const tell = supervised?.tell ?? tellNobody;
    const world = terminalWorld(currentFolder(), complain, { signal, tell, loudness });
    const run = await load();
    await finish(await run(...(given.slice(0, -1) as Given), world));
  };
}

/** Runs a command that measures models in a process of its own, which this one watches. */
function measuring<Given extends unknown[]>(load: Load<Given>) {
  if (supervised !== undefined) return here(load);
  return async () => {
    currentFolder();
    const { code, problem } = await supervise();
    if (problem !== undefined) {
      leaveTerminal(process.stderr);
      complain(problem);
    }
    await finish(code);
  };
}

async function finish(code: number): Promise<void> {
  process.exitCode = code;
  await supervised?.end(code);
}

try {
  await program.parseAsync();
} catch (error) {
  await finish(report(error));
}

function report(error: unknown): number {
  if (interrupt.signal.aborted) {
    complain(INTERRUPTED_LINE);
    return INTERRUPTED;
  }
  if (error instanceof UserError) {
    for (const line of error.message.split('\n')) complain(line);
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
  complain(failureLine(error));
  return exitCodes.error;
}
