import { printable } from '../errors.ts';

/** How a supervised process ended. */
export interface Ending {
  /** What it told as its last act; undefined if it did not get there. */
  readonly result: number | undefined;
  /** What failed in it where nothing catches it; undefined if nothing did. */
  readonly failed: string | undefined;
  /** Why it was ended, if so. */
  readonly broken: string | undefined;
  /** Whether this process was told to end. */
  readonly isInterrupted: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Where it was, such as "in signs/calibrate". */
  readonly place: string;
}

/** What comes of a supervised process: an exit code and, where it did not come to one by itself, why, on one line. */
export interface Supervision {
  readonly code: number;
  readonly problem?: string;
}

/** As shells call a process that was interrupted. */
export const INTERRUPTED = 130;
export const INTERRUPTED_LINE = 'interrupted; no report was written';

const ERROR = 2;

/** A process that ends without having told its result has none, whatever its own exit code says. */
export function supervisionOf(ending: Ending): Supervision {
  const { result, broken, isInterrupted } = ending;
  if (result !== undefined) return { code: result };
  if (broken !== undefined) return { code: ERROR, problem: broken };
  if (isInterrupted) return { code: INTERRUPTED, problem: INTERRUPTED_LINE };
  return { code: ERROR, problem: withoutResult(ending) };
}

/** As Node.js ends a process that waits and has nothing left to wait for. */
const NEVER_SETTLED = 13;

function withoutResult({ code, signal, place, failed }: Ending): string {
  const ended = `the measuring process ended without a result ${place} (${signal ?? `exit code ${code}`})`;
  if (failed !== undefined)
    return `${ended}: it failed where nothing catches it (${printable(failed)}): let a module throw where it is called, and await what it starts`;
  if (code === NEVER_SETTLED) return `${ended}: a module awaits what never comes: let it end, or throw`;
  if (signal === null)
    return `${ended}: a module that calls process.exit, or fails where nothing catches it, ends the run: let it throw where it is called`;
  if (signal === 'SIGKILL')
    return `${ended}: the system or a person killed it, the system mostly for want of memory: give it more, or lower limits.memory to see where it goes`;
  return `${ended}: native code failed on this model, or memory ran out: lower its size or batch, and please report it`;
}
