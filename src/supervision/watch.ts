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
  /**
   * In how many milliseconds the process must be looked at again, so that meanwhile it takes little more than it may.
   *
   * @param memory as for `broken`
   */
  lookIn(memory: number | undefined): number;
  /** Where the process is, such as "in signs/calibrate". */
  place(): string;
}

/** Between two looks at the clock; what is longer was spent suspended, together with the process that is watched. */
const LONGEST_STEP_MS = 5000;

/** Bytes a millisecond by which a process grows at most: as fast as several cores fill memory. */
const FASTEST_GROWTH = 1e7;
/** For which the pace since the last look is taken to go on: of slow looks elsewhere than on Linux it says little. */
const FARTHEST_MS = 20;
/** By which a look and the end of a process may be late together, in milliseconds. */
const LATE_MS = 6;

/** Between two looks, in milliseconds. */
export interface Pace {
  readonly least: number;
  readonly most: number;
}

/** Watches a process from now on. */
export function newWatch(start: number, { least, most }: Pace): Watch {
  let limits: Limits = firstLimits;
  let isMeasuring = false;
  const stages: string[] = [];
  let last: string | undefined;
  let [seen, elapsed, advanced] = [start, 0, 0];
  let held: number | undefined;
  const lookIn = (memory: number | undefined) =>
    memory === undefined ? most : Math.max(least, Math.min((limits.memory - memory) / FASTEST_GROWTH, most));
  /** Why the memory is too much, or would be at the next look, at the pace since the last one. */
  const excess = (memory: number, passed: number) => {
    const growth = Math.max(memory - (held ?? memory), 0) / Math.max(passed, 1);
    held = memory;
    if (memory > limits.memory) return `it held ${size(memory, Math.ceil)} of memory, more than`;
    const reach = Math.min(lookIn(memory), FARTHEST_MS) + LATE_MS;
    if (memory + growth * reach > limits.memory)
      return `it held ${size(memory, Math.floor)} of memory and was about to hold more than`;
    return undefined;
  };
  const place = () => {
    const stage = stages.at(-1);
    if (stage !== undefined) return `in ${stage}`;
    if (last !== undefined) return `after ${last}`;
    return isMeasuring ? 'while a model was loaded' : 'before anything was measured';
  };
  return {
    place,
    lookIn,
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
      const passed = now - seen;
      elapsed += Math.min(passed, LONGEST_STEP_MS);
      seen = now;
      const { minutes, idleMinutes } = limits;
      const tooMuch = memory === undefined ? undefined : excess(memory, passed);
      if (tooMuch !== undefined)
        return `the run was ended ${place()}: ${tooMuch} the ${size(limits.memory)} of limits.memory: raise that in quantgate.yml where a model needs more`;
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
function size(bytes: number, toHundredths = Math.round): string {
  const [unit, name] = bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${real(toHundredths((100 * bytes) / unit) / 100)} ${name}`;
}
