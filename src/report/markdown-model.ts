import { markdownTable } from 'markdown-table';
import { difference, measured } from '../gate/words.ts';
import { escapeCode, escapeText } from './escape.ts';
import { change, changeInterval, count, percent, roughCount } from './format.ts';
import { renderChart } from './markdown-chart.ts';
import { renderRanges } from './markdown-ranges.ts';
import { renderWorst, sentenceOf } from './markdown-worst.ts';
import type { JudgedTarget, ModelReport, Report, TargetReport } from './schema.ts';

/** How much of a report is shown. */
export interface Detail {
  /** Rows of the layers that cost the most, for each target. */
  readonly worst: number;
  /** Rows of ranges for each target. */
  readonly ranges: number;
  readonly charts: boolean;
  /** Reasons for each target. */
  readonly reasons: number;
  readonly models: number;
}

/** What the report says of where and when a model was judged. */
type Circumstances = Pick<Report, 'provider' | 'times'>;

const MOST_FILES = 4;

/** The section of one model. */
export function renderModel(model: ModelReport, report: Circumstances, detail: Detail): string {
  return `### ${escapeText(model.name)}\n\n${renderTargets(model, report, detail)}`;
}

/** What there is to say of a model: targets, reasons, baseline, chart, ranges. */
export function renderTargets(model: ModelReport, report: Circumstances, detail: Detail): string {
  const judged = model.targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
  return [
    markdownTable([headerOf(judged), ...model.targets.map(rowOf)], { alignDelimiters: false }),
    model.targets.flatMap((target) => notesOf(target, detail.reasons)).join('\n'),
    `${baselineOf(model, report)} ${circumstances(model, report)}`.trim(),
    detail.charts ? renderChart(model) : '',
    ...judged.map((target) => renderWorst(target, detail.worst)),
    ...judged.map((target) => renderRanges(target, detail.ranges)),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headerOf([first]: readonly JudgedTarget[]): string[] {
  const level = first && Number((100 * first.metric.confidence).toPrecision(4));
  const drop = level === undefined ? 'Drop' : `Drop [${level} % interval]`;
  return ['Target', 'Verdict', 'FP32 → quantized', drop, 'Budget', 'Lost / gained', 'Samples', 'Scheme'];
}

function rowOf(target: TargetReport): string[] {
  const name = escapeText(target.target);
  if (target.verdict === 'error') return [name, '**error**', ...Array<string>(6).fill('–')];
  const { metric, scheme } = target;
  const { unit, flips } = metric;
  return [
    name,
    target.verdict === 'pass' ? 'pass' : `**${target.verdict}**`,
    `${escapeText(metric.name)} ${measured(metric.fp32, unit)} → ${measured(metric.quantized, unit)}`,
    `${difference(metric.drop, unit)} ${changeInterval(metric.interval, unit)}`,
    change(metric.budget, unit),
    flips ? `${count(flips.lost)} / ${count(flips.gained)}` : '–',
    count(metric.samples),
    `w${scheme.weightBits}a${scheme.activationBits} ${scheme.weights}, ${escapeText(scheme.range)}`,
  ];
}

function notesOf(target: TargetReport, most: number): string[] {
  const say = (text: string) => `- ${escapeText(target.target)}: ${text}`;
  const shown = target.reasons.slice(0, most).map((reason) => say(escapeText(reason, 400)));
  const left = target.reasons.length - shown.length;
  const reasons = left > 0 && most > 0 ? [...shown, say(`${left} more reasons are in report.json`)] : shown;
  if (target.verdict === 'error' || most === 0) return reasons;
  const { realInt8, notQuantized, metric, files, arithmetic, layers } = target;
  return [
    ...reasons,
    ...sentenceOf(target).map(say),
    ...(realInt8
      ? [
          say(
            `run for real, ${measured(realInt8.quantized, metric.unit)}, drop ${change(realInt8.drop, metric.unit)}; ` +
              `as the emulation in ${percent(realInt8.agreement)} of the samples, differing in ${count(realInt8.differing)}`,
          ),
        ]
      : []),
    ...overflowsOf(layers).map(say),
    ...(arithmetic.assumed === ''
      ? []
      : [say(`assumed of the chip: ${escapeText(arithmetic.assumed, 500)}`)]),
    ...(notQuantized.length > 0 ? [say(notQuantizedOf(notQuantized))] : []),
    ...(files.length > 0 ? [say(filesOf(files))] : []),
  ];
}

function overflowsOf(layers: JudgedTarget['layers']): string[] {
  const over = layers.filter(({ accumulator }) => accumulator !== undefined && accumulator.overflows > 0);
  if (over.length === 0) return [];
  const [worst] = over.toSorted((a, b) => b.accumulator!.overflows - a.accumulator!.overflows);
  const { bits, overflows } = worst.accumulator!;
  const others = over.length > 1 ? `, and ${count(over.length - 1)} more layers overflow` : '';
  return [
    `the int${bits} accumulator of ${escapeCode(worst.name, 60)} overflows ${roughCount(overflows)} times${others}`,
  ];
}

function notQuantizedOf(layers: JudgedTarget['notQuantized']): string {
  const [first] = layers;
  const example = `${escapeCode(first.layer, 60)} (${escapeText(first.op, 30)}), ${escapeText(first.why)}`;
  return layers.length === 1
    ? `1 layer stays in floating point: ${example}`
    : `${count(layers.length)} layers stay in floating point, the first ${example}`;
}

function filesOf(files: readonly string[]): string {
  const shown = files.slice(0, MOST_FILES).map((file) => escapeCode(file, 200));
  const left = files.length - shown.length;
  return `parameters in ${shown.join(', ')}${left > 0 ? ` and ${count(left)} more files` : ''}`;
}

function baselineOf({ baseline, targets }: ModelReport, { times }: Circumstances): string {
  if (baseline.state === 'no-baseline-yet')
    return 'No baseline yet: FP32 is this model itself, nothing older was compared.';
  if (baseline.state === 'baseline-unavailable') {
    return `Baseline unavailable: ${escapeText(baseline.reason, 400)}.`;
  }
  const unit = targets.find((target) => target.verdict !== 'error')?.metric.unit ?? 'value';
  const commit = baseline.sha ? ` of commit ${baseline.sha.slice(0, 12)}` : '';
  const age = ageOf(baseline.date, times.date);
  return `Compared with the baseline${commit}, ${age}: FP32 ${escapeText(baseline.metric)} ${measured(baseline.value, unit)}.`;
}

const DAY_MS = 24 * 3600 * 1000;

function ageOf(date: string, now: string): string {
  const days = Math.max(Math.floor((Date.parse(now) - Date.parse(date)) / DAY_MS), 0);
  if (days === 0) return 'less than a day old';
  return days === 1 ? '1 day old' : `${count(days)} days old`;
}

function circumstances(model: ModelReport, { provider }: Circumstances): string {
  const facts = [
    model.modelSha256 && `model ${model.modelSha256.slice(0, 12)}`,
    model.opset && `opset ${model.opset}`,
    model.calibrationSamples && `calibrated on ${roughCount(model.calibrationSamples)} samples`,
    provider && `run on ${escapeText(provider)}`,
  ].filter((fact) => typeof fact === 'string');
  const text = facts.join(', ');
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
