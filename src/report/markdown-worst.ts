import { markdownTable } from 'markdown-table';
import { escapeCode, escapeText } from './escape.ts';
import { percent } from './format.ts';
import type { causes, JudgedTarget, LayerReport } from './schema.ts';

type Cause = (typeof causes)[number];

/** As people call the steps, and their symbols. */
const words: Record<Cause, { readonly symbol: string; readonly name: string }> = {
  weightRound: { symbol: 'ΔW round', name: 'the rounding of weights' },
  weightClip: { symbol: 'ΔW clip', name: 'the clipping of weights' },
  activationRound: { symbol: 'ΔX round', name: 'the rounding of activations' },
  activationClip: { symbol: 'ΔX clip', name: 'the clipping of activations' },
  output: { symbol: 'ΔY', name: 'the integer arithmetic' },
};

/** Shares below this are not shown. */
const SHOWN = 0.05;

/** In plain words what costs the most and what to do about it; nothing for a target that passes with little noise. */
export function sentenceOf({ attribution, layers, verdict }: JudgedTarget): string[] {
  if (attribution === undefined || attribution.cause === null) return [];
  const { cause, destroyed, remedy, probesSeen } = attribution;
  const blame = `${words[cause.step].name} makes ${percent(cause.share)} of the noise at the output`;
  const worst = byRank(layers).slice(0, 3);
  const names = worst.map(({ name, op }) => `${escapeCode(name, 60)} (${escapeText(op, 30)})`).join(', ');
  const first = destroyed
    ? `the outputs are destroyed: ${blame}, from ${names} on`
    : `${blame}; it costs most in ${names}`;
  const seen = probesSeen ? ['all evaluation samples calibrate: clipping of other data cannot show'] : [];
  return verdict === 'pass' || remedy === null
    ? [first, ...seen]
    : [first, `to do: ${escapeText(remedy, 300)}`, ...seen];
}

const columns: readonly { readonly title: string; readonly cell: (layer: LayerReport) => string }[] = [
  { title: 'Rank', cell: ({ rank }) => String(rank) },
  { title: 'Layer', cell: ({ name }) => escapeCode(name, 60) },
  { title: 'Operator', cell: ({ op }) => escapeText(op, 30) },
  { title: 'Output noise alone', cell: ({ impact }) => (impact === undefined ? '–' : decibel(impact)) },
  {
    title: 'Worst sample',
    cell: ({ worstSample }) => (worstSample === undefined ? '–' : percent(worstSample)),
  },
  { title: 'Caused by', cell: ({ shares }) => (shares === undefined ? '–' : sharesOf(shares)) },
  { title: 'Clipped', cell: ({ clipRate }) => (clipRate === undefined ? '–' : percent(clipRate)) },
  { title: 'Bits lost', cell: ({ tensors }) => lostOf(tensors) },
];

/** The layers that cost the most at the output, at most `most`; none of a target whose outputs are destroyed. */
export function renderWorst({ target, layers, attribution, additivity }: JudgedTarget, most: number): string {
  if (attribution === undefined || attribution.destroyed || most === 0) return '';
  const shown = byRank(layers).slice(0, most);
  if (shown.length === 0) return '';
  const table = markdownTable(
    [columns.map(({ title }) => title), ...shown.map((layer) => columns.map(({ cell }) => cell(layer)))],
    { alignDelimiters: false, padding: false },
  );
  const how =
    attribution.ranking === 'greedy' ? 'returned one by one, as their errors interact' : 'each alone';
  const sum = additivity === undefined ? '' : `, sum / whole ${additivity.toFixed(2)}`;
  const whole = `Noise / signal of the outputs on ${attribution.probeSamples} samples: ${decibel(attribution.outputNsr)} with everything quantized; layers ${how}${sum}.`;
  const summary = `<details><summary>${escapeText(target)}: the layers that cost the most</summary>`;
  return [summary, table, whole, '</details>'].join('\n\n');
}

function byRank(layers: readonly LayerReport[]): LayerReport[] {
  return layers.filter(({ rank }) => rank !== undefined).sort((a, b) => a.rank! - b.rank!);
}

function sharesOf(shares: NonNullable<LayerReport['shares']>): string {
  const shown = (Object.entries(shares) as [Cause, number][])
    .filter(([, share]) => share >= SHOWN)
    .sort(([, a], [, b]) => b - a);
  return shown.map(([step, share]) => `${words[step].symbol} ${Math.round(100 * share)} %`).join(', ');
}

function lostOf(tensors: LayerReport['tensors']): string {
  const lost = tensors.flatMap(({ kind, bitsLost }) =>
    kind === 'output-activation' || bitsLost === undefined ? [] : [bitsLost],
  );
  return lost.length === 0 ? '–' : Math.max(...lost).toFixed(2);
}

function decibel(nsr: number): string {
  return nsr === 0 ? 'none' : `${(10 * Math.log10(nsr)).toFixed(1)} dB`;
}
