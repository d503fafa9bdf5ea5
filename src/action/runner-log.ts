import * as core from '@actions/core';
import { plainLine } from '../plain.ts';
import type { Log } from './mode.ts';

/** The log of the job: the only way that lines get there. */
export const runnerLog: Log = {
  info: (line) => core.info(inertLine(line)),
  notice: (line) => core.notice(inertLine(line)),
  warning: (line) => core.warning(inertLine(line)),
  error: (line) => core.error(inertLine(line)),
};

/** A line that the runner takes for no command: it looks for `::` in front and for `##[` anywhere. */
export function inertLine(text: string): string {
  return plainLine(text)
    .replace(/^(\s*):(?=:)/, '$1: ')
    .replaceAll('##[', '## [');
}
