import { z } from 'zod';
import { parseJson } from '../json.ts';
import { type MetricUnit, metricUnits } from '../words/metric-units.ts';
import { mergedHistory } from './merge-history.ts';
import { type HistoryPoint, historyPoint, MAX_POINTS } from './point.ts';

/** What is known of one model over time, oldest first. */
export interface ModelHistory {
  readonly model: string;
  readonly unit: MetricUnit;
  readonly points: readonly HistoryPoint[];
}

const historyFile = z.strictObject({
  quantgateHistory: z.literal(1),
  models: z
    .array(
      z.strictObject({
        model: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
        unit: z.enum(metricUnits),
        points: z.array(historyPoint).max(MAX_POINTS),
      }),
    )
    .max(256),
});

/** One model a line, so that a commit of the file shows which changed. */
export function writeHistory(models: readonly ModelHistory[]): string {
  const lines = models.map((each) => JSON.stringify(each));
  return `{"quantgateHistory":1,"models":[\n${lines.join(',\n')}\n]}\n`;
}

/** @throws UserError when the text is no history that `writeHistory` could have written */
export function readHistory(text: string, where: string): ModelHistory[] {
  const remedy = 'give history.json of the history branch';
  return parseJson(text, historyFile, { where, what: 'a history', remedy }).models;
}

/** Histories of several models as one, by name; those of the same model are merged, the unit of the last counts. */
export function mergedModels(...histories: readonly (readonly ModelHistory[])[]): ModelHistory[] {
  const merged = new Map<string, ModelHistory>();
  for (const each of histories.flat()) {
    const known = merged.get(each.model)?.points ?? [];
    merged.set(each.model, { ...each, points: mergedHistory(known, each.points) });
  }
  return [...merged.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
}

/** The points that are of the metric of the newest: others are in another unit, and no line leads from one to the other. */
export function comparablePoints({ points }: Pick<ModelHistory, 'points'>): HistoryPoint[] {
  const metric = points.at(-1)?.metric;
  return points.filter((point) => point.metric === metric);
}
