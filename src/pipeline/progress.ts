/** Tells a person how far a long piece of work is. */
export interface Progress {
  /**
   * Begins a stage, such as "signs: calibrate".
   * @param total number of things it will take, if known
   * @param things what is counted, such as "samples"
   * @param seconds after which nothing more of it is begun, where it has a time of its own; `total` is then the most it takes
   */
  begin(stage: string, total: number | undefined, things: string, seconds?: number): Stage;
  /** Says that work goes on where no stage counts it. */
  beat?(): void;
}

export interface Stage {
  advance(count: number): void;
  end(): void;
}

/**
 * Seconds by stage. Each second counts for the innermost stage that is running, so that together they are the time that all
 * of them took.
 */
export interface Times {
  readonly seconds: Record<string, number>;
  /** Seconds of the stages that are over inside the one that is running. */
  inner: number;
}

/** No time yet. */
export function noTimes(): Times {
  return { seconds: {}, inner: 0 };
}

/** To the millisecond, beyond which clocks only make reports longer. */
export function secondsOf({ seconds }: Times): Record<string, number> {
  return Object.fromEntries(
    Object.entries(seconds).map(([stage, taken]) => [stage, Math.max(0, Math.round(1000 * taken)) / 1000]),
  );
}

/** What a stage counts, if not samples, and its own time, if it has one. */
export interface Counting {
  readonly things?: string;
  readonly seconds?: number;
}

/** A clock, in milliseconds, and where the time that stages take is kept. */
interface Clock {
  readonly times: Times;
  readonly now: () => number;
}

/** Runs a stage and keeps its time. */
export async function booked<T>(name: string, { times, now }: Clock, work: () => Promise<T>): Promise<T> {
  const { inner } = times;
  times.inner = 0;
  const start = now();
  try {
    return await work();
  } finally {
    const taken = (now() - start) / 1000;
    times.seconds[name] = (times.seconds[name] ?? 0) + taken - times.inner;
    times.inner = inner + taken;
  }
}

/** The same with its progress shown. */
export async function timed<T>(
  name: string,
  total: number | undefined,
  { progress, ...clock }: Clock & { readonly progress: Progress },
  work: (advance: (count: number) => void) => Promise<T>,
  { things = 'samples', seconds }: Counting = {},
): Promise<T> {
  const stage = progress.begin(name, total, things, seconds);
  try {
    return await booked(name, clock, () => work((count) => stage.advance(count)));
  } finally {
    stage.end();
  }
}
