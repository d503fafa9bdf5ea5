import type { Config } from '../config/config.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Report } from '../report/schema.ts';
import { writeBelow } from '../report/write.ts';
import { type GateInput, gate } from '../run.ts';
import { baselinesOf } from './baselines.ts';
import type { Change } from './change.ts';
import type { ConfigPlace } from './config-place.ts';
import type { Judging, Readable } from './judging.ts';
import { openMeasuring } from './measuring.ts';
import type { Step } from './step.ts';

/** What is to be measured. */
export interface Task {
  readonly judging: Judging;
  readonly place: ConfigPlace;
  /** Undefined for what proposes no change. */
  readonly change: Change | undefined;
  /** Absolute folder for the files for the chips' tools. */
  readonly out: string;
}

/**
 * Measures the models, and once more with the configuration that a pull request proposes, where it does.
 *
 * @throws UserError when a model cannot be judged by the configuration that judges
 */
export async function measure(task: Task, step: Measurer): Promise<Report> {
  const { judging, out } = task;
  const report = await judgeBy(judging.config, task, step, ({ path, content }) =>
    writeBelow(out, path, content),
  );
  if (judging.proposed === undefined) return report;
  step.log.info('once more, with the configuration that the pull request proposes');
  return { ...report, proposed: await judgeProposed(judging.proposed, task, step) };
}

type Measurer = Pick<Step, 'api' | 'job' | 'inputs' | 'log'>;

async function judgeBy(
  config: Config,
  { place, change }: Task,
  step: Measurer,
  writeChipFile: GateInput['writeChipFile'],
): Promise<Report> {
  const input = {
    config,
    baselines: baselinesOf(step, config, place, change?.base),
    shards: new Map(),
    commit: change?.head ?? step.job.commit,
    date: new Date(),
    writeChipFile,
  };
  return gate(input, await openMeasuring(config, place, step));
}

async function judgeProposed(proposed: Readable, task: Task, step: Measurer): Promise<Report['proposed']> {
  if ('problem' in proposed) return { verdict: 'error', reasons: [short(proposed.problem)] };
  try {
    const { verdict, models } = await judgeBy(proposed.config, task, step, async () => {});
    return { verdict, reasons: reasonsOf(models) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { verdict: 'error', reasons: [short(messageOf(error))] };
  }
}

const MOST_REASONS = 50;

function reasonsOf(models: Report['models']): string[] {
  return models
    .flatMap(({ name, targets }) =>
      targets.flatMap(({ target, reasons }) =>
        reasons.map((reason) => short(`${name}, ${target}: ${reason}`)),
      ),
    )
    .slice(0, MOST_REASONS);
}

function short(text: string): string {
  return text.slice(0, 2000);
}
