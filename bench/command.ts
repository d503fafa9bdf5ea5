import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Report } from '../src/report/report-schema.ts';
import { type Subject, writeConfig } from './subject.ts';

const CLI = resolve(import.meta.dirname, '../dist/cli.js');
/** GNU time, which tells the memory of the largest process below it. */
const TIME = '/usr/bin/time';

/** What a command took. */
export interface Cost {
  /** Seconds on the wall. */
  readonly wall: number;
  /** MiB of its largest process at the peak; NaN where nothing here can tell. */
  readonly peak: number;
}

/**
 * Runs a program to its end.
 *
 * @throws Error with what it printed when it ends with another code than those that are `fine`
 */
export function measured(
  [program, ...args]: readonly [string, ...string[]],
  folder: string,
  fine: readonly number[] = [0],
): Cost & { readonly stdout: string } {
  const memory = join(folder, 'peak.txt');
  const [file, all] = existsSync(TIME)
    ? [TIME, ['--quiet', '-f', '%M', '-o', memory, program, ...args]]
    : [program, args];
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(file, all, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: 'true' },
    maxBuffer: 2 ** 28,
  });
  const wall = (performance.now() - start) / 1000;
  if (error !== undefined || status === null || !fine.includes(status))
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
  const peak = file === TIME ? Number(readFileSync(memory, 'utf8')) / 1024 : Number.NaN;
  return { wall, peak, stdout };
}

/** The built command line. */
export function quantgate(args: readonly string[], folder: string, fine?: readonly number[]): Cost {
  return measured([process.execPath, CLI, ...args], folder, fine);
}

/** The stages of a verdict, beside those of its targets. */
const JUDGING = ['load', 'calibrate', 'quantize', 'fp32', 'evaluate', 'judge'];

/** A gate that was run. */
export interface Gate extends Cost {
  readonly report: Report;
  /** Seconds of the stages of its model, by their name without that of the model; 0 of one that there was not. */
  seconds(...stages: readonly string[]): number;
  /** Seconds of all that says why, and what to do: attribution, FP16, advice with all that it measures. */
  readonly explained: number;
}

/** Gates a subject as its user would. @throws Error when the gate ends with an error */
export function gate(subject: Subject, targets: readonly string[], ...args: readonly string[]): Gate {
  const config = writeConfig(subject, targets);
  // 1 and 3 are verdicts.
  const cost = quantgate(['run', '-c', config, '-q', ...args], subject.folder, [0, 1, 3]);
  const report: Report = JSON.parse(readFileSync(join(subject.folder, 'quantgate-out/report.json'), 'utf8'));
  const [model] = report.models;
  const failed = model.targets.find((target) => target.verdict === 'error');
  if (failed !== undefined) throw new Error(`${subject.name}: ${JSON.stringify(failed)}`);
  const seconds = (...stages: readonly string[]) =>
    stages.reduce((sum, stage) => sum + (report.times.seconds[`${subject.name}/${stage}`] ?? 0), 0);
  const judging = [...JUDGING, ...targets, ...targets.map((target) => `${target}/files`)];
  const all = Object.values(report.times.seconds).reduce((sum, value) => sum + value, 0);
  return { ...cost, report, seconds, explained: all - seconds(...judging) };
}
