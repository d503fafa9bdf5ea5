/** Tells a person how far a long piece of work is. */
export interface Progress {
  /**
   * Begins a stage, such as "signs: calibrate".
   * @param total number of things it will take, if known
   * @param things what is counted, such as "samples"
   * @param seconds after which nothing more of it is begun, where it has a time of its own; `total` is then the most it takes
   */
  begin(stage: string, total: number | undefined, things: string, seconds?: number): Stage;
}

export interface Stage {
  advance(count: number): void;
  end(): void;
}

/** Seconds by stage name, filled while the stages run. */
export type Times = Record<string, number>;

/** What a stage counts, if not samples, and its own time, if it has one. */
export interface Counting {
  readonly things?: string;
  readonly seconds?: number;
}

/** Runs a stage, with its progress shown and its time recorded. */
export async function timed<T>(
  name: string,
  total: number | undefined,
  { progress, times, now }: { progress: Progress; times: Times; now: () => number },
  work: (advance: (count: number) => void) => Promise<T>,
  { things = 'samples', seconds }: Counting = {},
): Promise<T> {
  const stage = progress.begin(name, total, things, seconds);
  const start = now();
  try {
    return await work((count) => stage.advance(count));
  } finally {
    times[name] = (times[name] ?? 0) + Math.round(now() - start) / 1000;
    stage.end();
  }
}
