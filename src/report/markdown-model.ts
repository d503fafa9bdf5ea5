import { basename } from 'node:path/posix';
import { change, count, percent, roughCount } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { escapeCode, escapeMarked, escapeText } from './escape.ts';
import { floatSentence } from './float-sentence.ts';
import { fp16Sentence } from './fp16-sentence.ts';
import { blamesQuantization } from './losses.ts';
import { type AdviceDetail, renderAdvice, renderDiagnosis } from './markdown-advice.ts';
import { renderChanges } from './markdown-changes.ts';
import { renderChart } from './markdown-chart.ts';
import { filesText } from './markdown-files.ts';
import { renderRanges } from './markdown-ranges.ts';
import { type RecoveryDetail, renderRecovery } from './markdown-recovery.ts';
import { renderTable } from './markdown-table.ts';
import type { JudgedTarget, ModelReport, Report, TargetReport } from './report-schema.ts';
import { passesAsItIs, toDo } from './to-do.ts';
import { verifiedSentence } from './verified-sentence.ts';
import { isWarnedOf } from './warned.ts';
import { wholeFailure } from './whole-failure.ts';

/** How much of a report is shown. */
export interface Detail extends AdviceDetail, RecoveryDetail {
  /** Rows of ranges for each target. */
  readonly ranges: number;
  /** Reasons for each target. */
  readonly reasons: number;
  readonly models: number;
}

/** What the report says of where and when a model was judged. */
type Circumstances = Pick<Report, 'provider' | 'times' | 'warnings'>;

/** The section of one model. */
export function renderModel(model: ModelReport, report: Circumstances, detail: Detail): string {
  return `### ${escapeText(model.name)}\n\n${renderTargets(model, report, detail)}`;
}

/** What there is to say of a model: targets, what is wrong, reasons, baseline, chart, advice, ranges. */
export function renderTargets(model: ModelReport, report: Circumstances, detail: Detail): string {
  const judged = model.targets.filter((target): target is JudgedTarget => target.verdict !== 'error');
  return [
    renderTable(model.targets),
    notesOfAll(model, report, detail.reasons),
    ...judged.map((target) => renderRecovery(target, detail)),
    `${baselineOf(model, report)} ${circumstances(model, report)}`.trim(),
    detail.charts ? renderChart(model) : '',
    ...judged.map((target) => renderAdvice(target, detail)),
    ...judged.map((target) => renderChanges(target, detail.ranges)),
    ...judged.map((target) => renderRanges(target, detail.ranges)),
    detail.reasons > 0 ? renderAbout(judged) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function say(target: TargetReport, text: string): string {
  return `- ${escapeText(target.target)}: ${text}`;
}

function notesOfAll(model: ModelReport, report: Circumstances, most: number): string {
  const problem = model.targets.length > 1 && most > 0 ? wholeFailure(model) : undefined;
  if (problem !== undefined) return `- no target could be judged: ${escapeText(problem, 400)}`;
  const isWarned = isWarnedOf(model, report);
  return model.targets.flatMap((target) => notesOf(target, isWarned, most)).join('\n');
}

/** What a person has to know of a target: what is wrong, why it was judged so, what happened on the chip. */
function notesOf(target: TargetReport, isWarned: boolean, most: number): string[] {
  const shown = target.reasons.slice(0, most).map((reason) => say(target, escapeText(reason, 400)));
  const left = target.reasons.length - shown.length;
  const more = left > 0 && most > 0 ? [say(target, `${left} more reasons are in report.json`)] : [];
  if (target.verdict === 'error' || most === 0) return [...shown, ...more];
  const isBlamed = blamesQuantization(target);
  const diagnosis = isBlamed ? renderDiagnosis(target) : '';
  const isSought = target.recovery !== undefined || target.fp16?.inFp32 !== undefined;
  const isOpen = isBlamed || (isSought && target.verdict !== 'pass');
  const cure = isOpen ? toDo(target, isWarned) : '';
  const passed = target.verdict === 'pass' ? passesAsItIs(target) : '';
  return [
    ...(diagnosis === '' ? [] : [say(target, diagnosis)]),
    ...(cure === '' ? [] : [say(target, `**To do:** ${escapeMarked(cure, 400)}`)]),
    ...(passed === '' ? [] : [say(target, escapeMarked(passed, 400))]),
    ...shown,
    ...more,
    ...aboutRepair(target),
    ...overflowsOf(target.layers).map((text) => say(target, text)),
    ...inFloat(target),
    ...checkedElsewhere(target),
    ...inFp16(target),
  ];
}

/** The file that is judged is not the one that the repository has. */
function aboutRepair(target: JudgedTarget): string[] {
  if (target.scheme.recipe === undefined) return [];
  const file = target.files.find((path) => basename(path) === 'model.onnx');
  const model = file === undefined ? 'repaired model' : `repaired ${escapeCode(file, 200)}`;
  const verdict = target.verdict === 'pass' ? 'pass' : 'verdict';
  return [say(target, `the ${verdict} holds for the ${model}, not for the committed file`)];
}

function checkedElsewhere(target: JudgedTarget): string[] {
  const { verified, metric } = target;
  return verified === undefined
    ? []
    : [say(target, escapeText(verifiedSentence(verified, metric.unit), 400))];
}

function inFloat(target: JudgedTarget): string[] {
  const sentence = floatSentence(target);
  return sentence === undefined ? [] : [say(target, escapeText(sentence, 400))];
}

function inFp16(target: JudgedTarget): string[] {
  const sentence = fp16Sentence(target);
  return sentence === undefined ? [] : [say(target, escapeText(sentence, 600))];
}

/** What is good to know about the targets, folded: their files, what stays in floating point, what is assumed. */
function renderAbout(targets: readonly JudgedTarget[]): string {
  const lines = targets.flatMap((target) => {
    const { realInt8, notQuantized, metric, files, arithmetic } = target;
    return [
      ...(files.length > 0 ? [`parameters in ${filesText(files)}`] : []),
      ...(realInt8
        ? [
            `run for real, ${measured(realInt8.quantized, metric.unit)}, drop ${change(realInt8.drop, metric.unit)}; ` +
              `as the emulation in ${percent(realInt8.agreement)} of the samples, differing in ${count(realInt8.differing)}`,
          ]
        : []),
      ...(notQuantized.length > 0 ? [notQuantizedOf(notQuantized)] : []),
      ...(arithmetic.assumed === '' ? [] : [`assumed of the chip: ${escapeText(arithmetic.assumed, 500)}`]),
    ].map((text) => say(target, text));
  });
  if (lines.length === 0) return '';
  return [
    '<details><summary>Parameter files and circumstances</summary>',
    lines.join('\n'),
    '</details>',
  ].join('\n\n');
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
