import { type HistoryPoint, MAX_POINTS } from './point.ts';

/**
 * Histories of one model as one, oldest first. A recording that is in several of them is there once; where there are more
 * points than are kept, every second one of the older half goes, so that the oldest time is told, in less detail.
 */
export function mergedHistory(...histories: readonly (readonly HistoryPoint[])[]): HistoryPoint[] {
  const points = new Map(histories.flat().map((point) => [`${point.date} ${point.commit}`, point]));
  let all = [...points.values()].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  while (all.length > MAX_POINTS) {
    const old = Math.floor(all.length / 2);
    all = all.filter((_, i) => i >= old || i % 2 === 0);
  }
  return all;
}
