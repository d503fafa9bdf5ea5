import type { Report } from './report-schema.ts';

/** A stage of a run. */
export interface StageTime {
  /** Such as "snpe/attribute", behind the model's name where there are several. */
  readonly stage: string;
  readonly seconds: number;
}

/** The stages that took a hundredth of the time of all or more, the longest first, and that time; the others are together. */
export function stageTimes({ times, models }: Pick<Report, 'times' | 'models'>): {
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

/** Where the time went, in one line; empty for a report of which no time is known. */
export function timesLine(report: Pick<Report, 'times' | 'models'>): string {
  const { stages, seconds } = stageTimes(report);
  if (stages.length === 0) return '';
  const parts = stages.map((each) => `${each.stage} ${secondsText(each.seconds)}`);
  return `${secondsText(seconds)}: ${parts.join(', ')}`;
}
