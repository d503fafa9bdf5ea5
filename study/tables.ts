import { markdownTable } from 'markdown-table';
import { measured } from '../src/words/figures.ts';
import type { MetricUnit } from '../src/words/metric-units.ts';
import type { Outcome } from './measure.ts';

/** The outcomes of the same ways on one model. */
export interface Column {
  readonly model: string;
  readonly unit: MetricUnit;
  readonly outcomes: readonly Outcome[];
}

/** A row for each way, a column for each model: the metric, and the noise of the outputs beside the signal. */
export function comparisonTable(columns: readonly Column[]): string {
  const titles = columns[0].outcomes.map(({ title }) => title);
  return markdownTable(
    [
      ['', ...columns.map(({ model }) => model)],
      ...titles.map((title, row) => [
        title,
        ...columns.map(({ outcomes, unit }) => cellOf(outcomes[row], unit, outcomes)),
      ]),
    ],
    { align: ['l', ...columns.map(() => 'r' as const)] },
  );
}

/** The best quantized value of a model is in bold. */
function cellOf({ title, value, nsr }: Outcome, unit: MetricUnit, all: readonly Outcome[]): string {
  const shown = measured(value, unit);
  if (title === 'FP32') return shown;
  const best = Math.max(...all.filter((each) => each.title !== 'FP32').map((each) => each.value));
  return `${value === best ? `**${shown}**` : shown} (${Number(nsr.toPrecision(2))})`;
}

/** A row for each way: seconds on each model. */
export function timeTable(columns: readonly Column[]): string {
  const titles = columns[0].outcomes.map(({ title }) => title).filter((title) => title !== 'FP32');
  return markdownTable(
    [
      ['seconds', ...columns.map(({ model }) => model)],
      ...titles.map((title) => [
        title,
        ...columns.map(({ outcomes }) => outcomes.find((each) => each.title === title)!.seconds.toFixed(1)),
      ]),
    ],
    { align: ['l', ...columns.map(() => 'r' as const)] },
  );
}
