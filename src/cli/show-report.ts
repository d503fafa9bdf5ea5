import { join } from 'node:path';
import type { Report } from '../report/report-schema.ts';
import { REPORT_TO_OPEN } from '../report/report-to-open.ts';
import { timesLines } from '../report/stage-times.ts';
import { shownReport } from '../report/terminal/shown-report.ts';
import { reasonLines, summaryLines } from './summary.ts';
import type { World } from './world.ts';

/** What there is to know of a run beside its report. */
export interface ShownRun {
  /** Path of the configuration and the folder that was written, as they were given. */
  readonly config: string;
  readonly out: string;
  readonly isPart: boolean;
  readonly seconds: number;
}

/** Shows what a run came to: laid out on a terminal, plain lines elsewhere, the verdict alone where that is all that is wanted. */
export function showReport(report: Report, { config, out, isPart, seconds }: ShownRun, world: World): void {
  const { loudness, terminal } = world;
  const isVerbose = loudness === 'verbose';
  if (loudness !== 'quiet' && terminal !== undefined) {
    const next = `open ${join(out, REPORT_TO_OPEN)}`;
    const showing = { columns: terminal.columns, isVerbose, config, isPart, seconds, next };
    for (const line of shownReport(report, showing)) world.show(line);
    return;
  }
  if (loudness !== 'quiet') {
    for (const warning of report.warnings) world.print(`warning: ${warning}`);
    for (const line of summaryLines(report)) world.print(line);
    if (isVerbose) for (const line of reasonLines(report)) world.print(line);
    if (isVerbose) for (const line of timesLines(report)) world.print(`time: ${line}`);
  }
  world.print(`${report.verdict}${isPart ? ' of a part' : ''}: see ${join(out, REPORT_TO_OPEN)}`);
}
