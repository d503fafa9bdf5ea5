import { markdownTable } from 'markdown-table';
import { changesYaml } from '../config/target-changes.ts';
import { change, count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { rangeText, sqnrText, tinyShare } from '../words/ranges.ts';
import { bestCure } from './best-cure.ts';
import { blamedTensor, keptText, storedBits } from './blamed-tensor.ts';
import { changeBlock } from './change-block.ts';
import { type RankedLayer, rankedLayers, sharesText } from './diagnosis.ts';
import { codeBlock, escapeCode, escapeText } from './escape.ts';
import { termLink } from './glossary.ts';
import { blamesQuantization } from './losses.ts';
import { renderCurve } from './markdown-chart.ts';
import { pasteBlock } from './markdown-paste.ts';
import { isApplicable } from './recovery-plan.ts';
import type { JudgedTarget, TensorReport } from './report-schema.ts';

type Remedy = NonNullable<JudgedTarget['remedies']>[number];

/** How much of the advice is shown. */
export interface AdviceDetail {
  /** Rows of layers, and as many remedies. */
  readonly layers: number;
  /** The `ranges:` block. */
  readonly suggestions: boolean;
  readonly charts: boolean;
}

/**
 * The layers that cost the most, remedies, better ranges to paste and the error along the graph: folded, but open where
 * quantization is to blame. Empty for a target whose error was not attributed.
 */
export function renderAdvice(target: JudgedTarget, detail: AdviceDetail): string {
  const { attribution } = target;
  if (attribution === undefined) return '';
  const isBlamed = blamesQuantization(target);
  const parts = [
    attribution.destroyed ? '' : layersTable(target, detail.layers),
    isBlamed ? remediesList(target, detail.layers) : '',
    methodsOf(target),
    detail.suggestions ? suggestionBlock(target) : '',
    detail.charts ? curveOf(target) : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return '';
  const open = isBlamed ? ' open' : '';
  const summary = `<details${open}><summary>Layers: what costs accuracy on ${escapeText(target.target)}</summary>`;
  return [summary, ...parts, '</details>'].join('\n\n');
}

const columns: readonly {
  readonly title: string;
  readonly cell: (layer: RankedLayer, target: JudgedTarget) => string | undefined;
  /** Figures that are not to be broken over lines. */
  readonly isWhole?: boolean;
}[] = [
  { title: 'Layer', cell: ({ name, op }) => `${escapeCode(name, 60)}<br>${escapeText(op, 30)}` },
  {
    title: `Share of ${termLink('output noise')}`,
    cell: ({ impact }, { attribution }) => ofAll(impact, attribution!.fullNsr),
    isWhole: true,
  },
  { title: termLink('made by', 'Made by'), cell: ({ shares }) => shares && sharesText(shares) },
  {
    title: 'Of it in one sample',
    cell: ({ impact, worstSample }) => (impact === 0 ? undefined : shareText(worstSample)),
    isWhole: true,
  },
  { title: 'Values clipped', cell: ({ clipRate }) => shareText(clipRate), isWhole: true },
  { title: termLink('effective bits', 'Bits kept'), cell: keptOf, isWhole: true },
  { title: termLink('bits lost', 'Bits lost'), cell: (layer) => blamedTensor(layer)?.bitsLost?.toFixed(1) },
  { title: 'Range now → suggested', cell: (layer) => rangesText(blamedTensor(layer)) },
  { title: 'Predicted gain in SQNR', cell: (layer) => gainText(blamedTensor(layer)), isWhole: true },
];

/** Of the tensor to blame. */
function keptOf(layer: RankedLayer, target: JudgedTarget): string | undefined {
  const tensor = blamedTensor(layer);
  return tensor?.effectiveBits === undefined
    ? undefined
    : keptText(tensor.effectiveBits, storedBits(tensor, layer, target));
}

function cellText(text = '', isWhole = false): string {
  return isWhole ? text.replaceAll(' ', '\u00a0') : text;
}

function layersTable(target: JudgedTarget, most: number): string {
  const ranked = rankedLayers(target);
  const shown = ranked.slice(0, most);
  if (shown.length === 0) return '';
  const used = columns.filter(({ cell }) => shown.some((layer) => cell(layer, target)));
  const table = markdownTable(
    [
      used.map(({ title }) => title),
      ...shown.map((layer) => used.map(({ cell, isWhole }) => cellText(cell(layer, target), isWhole))),
    ],
    { alignDelimiters: false, padding: false },
  );
  return `${table}\n\n${aboutRanking(target, ranked)}`;
}

/** How far the table can be trusted. */
function aboutRanking({ attribution, additivity }: JudgedTarget, ranked: readonly RankedLayer[]): string {
  const { ranking, probeSamples, probesCalibrated, measuredAt = [] } = attribution!;
  const how = ranking === 'greedy' ? 'ranked in groups, as errors interact' : 'each quantized alone';
  const kind = probesCalibrated ? 'calibration sample' : 'sample';
  const measuredOn = ranked.map(({ impactSamples = probeSamples }) => impactSamples);
  const [fewest, most] = [Math.min(...measuredOn), Math.max(...measuredOn)];
  const least = fewest < most ? `${count(fewest)} to ` : '';
  const samples = most === 1 ? `1 ${kind}` : `${least}${count(most)} ${kind}s`;
  const seen = probesCalibrated
    ? ', where clipping of unseen data does not show'
    : ` that ${most === 1 ? 'was' : 'were'} not calibrated on`;
  const at = measuredAt.map((tensor) => escapeCode(tensor, 60)).join(', ');
  const where =
    at === '' ? '' : `, measured at ${at}, as no output that the metric reads is of floating point`;
  const sum =
    additivity === undefined
      ? ''
      : ` Their noise adds up to ${Number(additivity.toPrecision(2))} times that of the quantized model.`;
  const layers = ranked.length === 1 ? '1 layer' : `${count(ranked.length)} layers`;
  return `${layers}, ${how}, on ${samples}${seen}${where}.${sum}`;
}

function ofAll(impact: number, fullNsr: number): string {
  return fullNsr > 0 ? tinyShare(impact / fullNsr) : '–';
}

function shareText(share: number | undefined): string | undefined {
  return share === undefined || share === 0 ? undefined : tinyShare(share);
}

function rangesText(tensor: TensorReport | undefined): string | undefined {
  if (tensor === undefined) return undefined;
  const suggested = tensor.suggested ? ` → ${rangeText(tensor.suggested)}` : '';
  return `${escapeCode(tensor.name, 40)} ${rangeText(tensor)}${suggested}`;
}

function gainText(tensor: TensorReport | undefined): string | undefined {
  return tensor?.suggested ? `${tensor.suggested.predictedGainDb.toFixed(1)} dB` : undefined;
}

const NAMED_ALIKE = 3;

/** Without those that recovery has measured by now. */
function predictedRemedies({ remedies = [], recovery }: JudgedTarget): readonly Remedy[] {
  const attempts = recovery?.attempts ?? [];
  const isTried: Readonly<Record<string, boolean>> = {
    'per-channel-weights': attempts.some(({ weights }) => weights === 'per-channel'),
    'equalize-channels': attempts.some(({ recipe = [] }) => recipe.includes('equalize')),
  };
  return remedies.filter(({ action }) => !isTried[action]);
}

/** One line for each thing to do: in full for the costliest layer, with the names of others that it holds for. */
function remediesList(target: JudgedTarget, most: number): string {
  const remedies = predictedRemedies(target);
  const byAction = new Map<string, Remedy[]>();
  for (const remedy of remedies.slice(0, most))
    byAction.set(remedy.action, [...(byAction.get(remedy.action) ?? []), remedy]);
  const left = remedies.length - Math.min(most, remedies.length);
  const lines = [
    ...[...byAction.values()].map(
      ([first, ...alike]) =>
        `- ${escapeCode(first.unit, 60)}: ${escapeText(first.sentence, 400)}${likewise(alike)}`,
    ),
    ...(left > 0 && most > 0 ? [`- ${count(left)} more remedies are in report.json`] : []),
  ];
  return lines.length === 0 ? '' : ['Predicted, not measured:', '', ...lines].join('\n');
}

function likewise(remedies: readonly Remedy[]): string {
  if (remedies.length === 0) return '';
  const named = remedies.slice(0, NAMED_ALIKE).map(({ unit }) => escapeCode(unit, 60));
  const left = remedies.length - named.length;
  return ` Likewise ${named.join(', ')}${left > 0 ? ` and ${count(left)} more` : ''}.`;
}

function suggestionBlock(judged: JudgedTarget): string {
  const { suggestion, metric, scheme, recovery } = judged;
  // One thing to paste: the plan, where there is one that may keep the budgets.
  if (!suggestion || (recovery?.plan && isApplicable(recovery.plan))) return '';
  const isSeen =
    judged.verdict !== 'pass' &&
    bestCure(judged)?.block?.text === changeBlock(judged, { pins: suggestion.changes })?.text;
  if (isSeen && scheme.range !== 'file') return '';
  const { changes, measured: after } = suggestion;
  const ranges = changes.length === 1 ? 'This range' : `These ${changes.length} ranges together`;
  const before = measured(metric.quantized, metric.unit);
  const gainDb = after.outputGainDb;
  const noise = gainDb === undefined ? '' : `, output SQNR ${gainDb.toFixed(1)} dB higher`;
  const result = `${escapeText(metric.name)} ${before} → ${measured(after.quantized, metric.unit)}, drop ${change(after.drop, metric.unit)}${noise}`;
  const block =
    scheme.range === 'file'
      ? `For the tool that quantizes the model:\n\n${codeBlock(changesYaml({ pins: changes }), 'yaml')}`
      : pasteBlock(judged, { pins: changes }, { isApplied: true });
  return `${ranges}, measured: ${result}. ${block}`;
}

function methodsOf({ rangeMethods = [] }: JudgedTarget): string {
  if (rangeMethods.length === 0) return '';
  const each = rangeMethods.map(({ range, outputNsr, isUsed }) => {
    return `${escapeText(range)} ${sqnrText(outputNsr)}${isUsed ? ' (now)' : ''}`;
  });
  return `${termLink('SQNR', 'SQNR')} of the outputs by <code>range:</code> of all activations: ${each.join(', ')}.`;
}

function curveOf(target: JudgedTarget): string {
  const curve = renderCurve(target);
  if (curve === '') return '';
  return [
    '<details><summary>SQNR along the graph</summary>',
    'Errors add up from layer to layer: the curve falls with depth and does not say which layer is to blame.',
    curve,
    '</details>',
  ].join('\n\n');
}
