import { markdownTable } from 'markdown-table';
import { count, percent, real } from '../words/counts.ts';
import { keptText, storedBits } from './blamed-tensor.ts';
import { escapeCode, escapeText } from './escape.ts';
import { termLink } from './glossary.ts';
import type { JudgedTarget, LayerReport, TensorReport } from './report-schema.ts';

interface Row {
  readonly layer: LayerReport;
  readonly tensor: TensorReport;
}

const kinds = { weight: 'weight', 'input-activation': 'read', 'output-activation': 'made' } as const;

const columns: readonly {
  readonly title: string;
  readonly cell: (row: Row, target: JudgedTarget) => string | undefined;
}[] = [
  {
    title: 'Layer',
    cell: ({ layer: { name, op } }) => `${escapeCode(name, 60)}<br>${escapeText(op, 30)}`,
  },
  {
    title: 'Tensor',
    cell: ({ tensor: { name, kind } }) => `${escapeCode(name, 60)}<br>${kinds[kind]}`,
  },
  { title: 'α', cell: ({ tensor }) => real(tensor.alpha) },
  { title: 'β', cell: ({ tensor }) => real(tensor.beta) },
  { title: 'Scale', cell: ({ tensor }) => scaleOf(tensor) },
  {
    title: 'Zero point',
    cell: ({ tensor: { zeroPoint } }) => (zeroPoint === undefined ? undefined : String(zeroPoint)),
  },
  {
    title: termLink('effective bits', 'Bits kept'),
    cell: ({ tensor, layer }, target) =>
      tensor.effectiveBits === undefined
        ? undefined
        : keptText(tensor.effectiveBits, storedBits(tensor, layer, target)),
  },
  { title: 'Of its channels', cell: channelsOf },
  { title: termLink('bits lost', 'Bits lost'), cell: ({ tensor }) => tensor.bitsLost?.toFixed(1) },
  {
    title: 'Noise by clipping',
    cell: ({ tensor }) => (tensor.clipShare === undefined ? undefined : percent(tensor.clipShare)),
  },
];

/** The ranges of a target's tensors, folded, at most `most` of them; a column that is empty everywhere is left out. */
export function renderRanges(target: JudgedTarget, most: number): string {
  const rows = target.layers.flatMap((layer) => layer.tensors.map((tensor) => ({ layer, tensor })));
  if (rows.length === 0 || most === 0) return '';
  const shown = rows.slice(0, most);
  const used = columns.filter(({ cell }) => shown.some((row) => cell(row, target) !== undefined));
  const table = markdownTable(
    [used.map(({ title }) => title), ...shown.map((row) => used.map(({ cell }) => cell(row, target) ?? ''))],
    { alignDelimiters: false, padding: false },
  );
  const left = rows.length - shown.length;
  const rest = left > 0 ? [`${count(left)} more are in report.json.`] : [];
  const summary = `<details><summary>Ranges of ${count(rows.length)} tensors on ${escapeText(target.target)}</summary>`;
  return [summary, table, ...rest, '</details>'].join('\n\n');
}

/** The median and the least of what the channels keep where one scale serves all. */
function channelsOf({ tensor, layer }: Row, target: JudgedTarget): string | undefined {
  const { channelPrecision } = tensor;
  if (channelPrecision === undefined) return undefined;
  const { channels, medianBits, leastBits } = channelPrecision;
  const bits = storedBits(tensor, layer, target);
  return `most of ${count(channels)} keep ${keptText(medianBits, bits)}, the least ${keptText(leastBits, bits)}`;
}

function scaleOf({ scale }: TensorReport): string {
  if (typeof scale === 'number') return real(scale);
  const parts = 'blocks' in scale ? `${count(scale.blocks)} blocks` : `${count(scale.channels)} channels`;
  return `${real(scale.min)} to ${real(scale.max)} (${parts})`;
}
