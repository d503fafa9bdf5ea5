import { firstLimits, type Limits } from '../config/limits.ts';
import { real } from '../words/counts.ts';
import type { Message } from './message.ts';

/** What is known of a supervised process, and whether it may go on. */
export interface Watch {
  hear(message: Message): void;
  /**
   * Why the process must be ended, on one line; undefined while it may go on.
   *
   * @param now milliseconds of a clock that never goes back
   * @param memory bytes that the process holds; undefined where that cannot be seen
   */
  broken(now: number, memory: number | undefined): string | undefined;
  /** Where the process is, such as "in signs/calibrate". */
  place(): string;
}

/** Between two looks at the clock; what is longer was spent suspended, together with the process that is watched. */
const LONGEST_STEP_MS = 5000;

/** Watches a process from now on. */
export function newWatch(start: number): Watch {
  let limits: Limits = firstLimits;
  let isMeasuring = false;
  const stages: string[] = [];
  let last: string | undefined;
  let [seen, elapsed, advanced] = [start, 0, 0];
  const place = () => {
    const stage = stages.at(-1);
    if (stage !== undefined) return `in ${stage}`;
    if (last !== undefined) return `after ${last}`;
    return isMeasuring ? 'while a model was loaded' : 'before anything was measured';
  };
  return {
    place,
    hear(message) {
      advanced = elapsed;
      if (message.kind === 'measuring') {
        limits = message.limits;
        isMeasuring = true;
      } else if (message.kind === 'measured') isMeasuring = false;
      else if (message.kind === 'begin') stages.push(message.stage);
      else if (message.kind === 'end') last = stages.pop();
    },
    broken(now, memory) {
      elapsed += Math.min(now - seen, LONGEST_STEP_MS);
      seen = now;
      const { minutes, idleMinutes } = limits;
      if (memory !== undefined && memory > limits.memory)
        return `the run was ended ${place()}: it held ${gigabytes(memory, Math.ceil)} of memory, more than the ${gigabytes(limits.memory)} of limits.memory: raise that in quantgate.yml where a model needs more`;
      if (elapsed > minutesInMs(minutes))
        return `the run was ended ${place()}: it took longer than ${inMinutes(minutes)}: raise limits.minutes in quantgate.yml, or give fewer samples`;
      if (isMeasuring && elapsed - advanced > minutesInMs(idleMinutes))
        return `the run was ended ${place()}: nothing advanced for ${inMinutes(idleMinutes)}: does the model end? If it only is that slow, raise limits.idle-minutes in quantgate.yml`;
      return undefined;
    },
  };
}

function minutesInMs(minutes: number): number {
  return minutes * 60_000;
}

function inMinutes(minutes: number): string {
  return `${real(minutes)} ${minutes === 1 ? 'minute' : 'minutes'}`;
}

/** @param toHundredths rounds up what is beyond a limit, so that it reads as more */
function gigabytes(bytes: number, toHundredths = Math.round): string {
  return `${real(toHundredths(bytes / 1e7) / 100)} GB`;
}
