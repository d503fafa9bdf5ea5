/** Tells a person how far a long piece of work is. */
export interface Progress {
  /**
   * Begins a stage, such as "signs: calibrate".
   * @param total number of samples it will take, if known
   */
  begin(stage: string, total: number | undefined): Stage;
}

export interface Stage {
  advance(samples: number): void;
  end(): void;
}

/** Seconds by stage name, filled while the stages run. */
export type Times = Record<string, number>;

/** Runs a stage, with its progress shown and its time recorded. */
export async function timed<T>(
  name: string,
  total: number | undefined,
  { progress, times, now }: { progress: Progress; times: Times; now: () => number },
  work: (advance: (samples: number) => void) => Promise<T>,
): Promise<T> {
  const stage = progress.begin(name, total);
  const start = now();
  try {
    return await work((samples) => stage.advance(samples));
  } finally {
    times[name] = (times[name] ?? 0) + Math.round(now() - start) / 1000;
    stage.end();
  }
}
