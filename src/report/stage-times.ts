import type { Report } from './report-schema.ts';

/** A stage of a run. */
export interface StageTime {
  /** Such as "snpe/attribute", behind the model's name where there are several. */
  readonly stage: string;
  readonly seconds: number;
}

/** What a runner spent its time on. */
type Timed = { readonly times: Pick<Report['times'], 'seconds'> } & Pick<Report, 'models'>;

/** The stages that took a hundredth of the time of all or more, the longest first, and that time; the others are together. */
export function stageTimes({ times, models }: Timed): {
  readonly stages: readonly StageTime[];
  readonly seconds: number;
} {
  const all = Object.entries(times.seconds).map(([name, seconds]) => ({
    stage: models.length === 1 ? name.slice(name.indexOf('/') + 1) : name,
    seconds,
  }));
  const total = sum(all);
  const longest = all.filter(({ seconds }) => seconds >= total / 100 && seconds > 0);
  const rest = total - sum(longest);
  const others = rest > 0 && longest.length < all.length ? [{ stage: 'others', seconds: rest }] : [];
  return { stages: [...longest.toSorted((a, b) => b.seconds - a.seconds), ...others], seconds: total };
}

function sum(stages: readonly StageTime[]): number {
  return stages.reduce((total, { seconds }) => total + seconds, 0);
}

/** Seconds as people read them: a tenth below ten. */
export function secondsText(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** The shares of other runners in the explanation of a report, each with a time of its own. */
export function explainingTimes({
  times: { explained = [] },
  models,
}: Pick<Report, 'times' | 'models'>): (Timed & { readonly shard: string })[] {
  return explained.map(({ shard, seconds }) => ({ shard, models, times: { seconds } }));
}

/** Where the time went, a line for each runner that is known of; none for a report of which no time is known. */
export function timesLines(report: Pick<Report, 'times' | 'models'>): string[] {
  const others = explainingTimes(report).map((each) => ({ line: timesLine(each), shard: each.shard }));
  const own = timesLine(report);
  return [
    ...(own === '' ? [] : [own]),
    ...others.flatMap(({ line, shard }) => (line === '' ? [] : [`explanation ${shard}, ${line}`])),
  ];
}

function timesLine(timed: Timed): string {
  const { stages, seconds } = stageTimes(timed);
  if (stages.length === 0) return '';
  const parts = stages.map((each) => `${each.stage} ${secondsText(each.seconds)}`);
  return `${secondsText(seconds)}: ${parts.join(', ')}`;
}
