import { markdownTable } from 'markdown-table';
import { count } from '../words/counts.ts';
import { rangePair, sqnrText } from '../words/ranges.ts';
import { escapeCode, escapeText } from './escape.ts';
import type { JudgedTarget } from './report-schema.ts';

type Since = NonNullable<JudgedTarget['sinceBase']>;

/** What is new in a target since the base, folded; at most `most` rows of each kind. Empty where nothing is. */
export function renderChanges({ target, sinceBase }: JudgedTarget, most: number): string {
  if (sinceBase === undefined || most === 0) return '';
  const { ranges, layers, more } = sinceBase;
  const parts = [
    table('Range of', ranges.slice(0, most).map(rangeRow), ranges.length + more.ranges),
    table(
      'Output SQNR, this layer alone quantized',
      layers.slice(0, most).map(layerRow),
      layers.length + more.layers,
    ),
  ].filter((part) => part !== '');
  const summary = `<details><summary>What is new on ${escapeText(target)} since the base</summary>`;
  return [summary, ...parts, '</details>'].join('\n\n');
}

function table(title: string, rows: readonly string[][], all: number): string {
  if (rows.length === 0) return '';
  const text = markdownTable([[title, 'Base', 'Here'], ...rows], { alignDelimiters: false, padding: false });
  const left = all - rows.length;
  return left > 0 ? `${text}\n\n${count(left)} more differ less.` : text;
}

function rangeRow({ tensor, before, after }: Since['ranges'][number]): string[] {
  return [escapeCode(tensor, 60), ...rangePair(before, after)];
}

function layerRow({ layer, before, after }: Since['layers'][number]): string[] {
  const text = (impact: number | null) => (impact === null ? '–' : sqnrText(impact));
  return [escapeCode(layer, 60), text(before), text(after)];
}
