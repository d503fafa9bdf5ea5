import { basename } from 'node:path/posix';
import { sparkline } from '../history/sparkline.ts';
import { bareInterval, change, count, roughCount } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { escapeCode, escapeMarked, escapeText } from './escape.ts';
import { floatSentence } from './float-sentence.ts';
import { fp16Sentence } from './fp16-sentence.ts';
import { linkedOnce } from './glossary.ts';
import { moreInReport } from './left-out.ts';
import { likelyLeadersSentence } from './likely-sentence.ts';
import { decidingLoss } from './losses.ts';
import { type AdviceDetail, renderAdvice } from './markdown-advice.ts';
import { renderChanges } from './markdown-changes.ts';
import { filesText } from './markdown-files.ts';
import { renderRanges } from './markdown-ranges.ts';
import { type RecoveryDetail, renderRecovery } from './markdown-recovery.ts';
import { signs } from './overview-headline.ts';
import { realRunSentence } from './real-run-sentence.ts';
import type { JudgedTarget, ModelReport, TargetReport } from './report-schema.ts';
import { schemeText } from './scheme-words.ts';
import { passesAsItIs } from './to-do.ts';
import { verifiedSentence } from './verified-sentence.ts';

/** How much of a target is shown. */
export interface Detail extends AdviceDetail, RecoveryDetail {
  /** Rows of ranges. */
  readonly ranges: number;
  readonly reasons: number;
}

/** All that there is to say of a target beside what is seen at one glance; its first line names it. Empty where there is nothing. */
export function renderTarget(
  { name }: Pick<ModelReport, 'name'>,
  target: TargetReport,
  detail: Detail,
): string {
  const title = `#### ${signs[target.verdict]} ${escapeText(name)} on ${escapeText(target.target)}`;
  if (target.verdict === 'error') {
    // The first is in view.
    const others = reasonsOf(target.reasons.slice(1), detail);
    return others.length === 0
      ? ''
      : `${title}

${listOf(others)}`;
  }
  const text = [
    title,
    listOf([...factsOf(target), ...notesOf(target, detail), ...aboutOf(target, detail)]),
    renderAdvice(target, detail),
    renderRecovery(target, detail),
    renderChanges(target, detail.ranges),
    renderRanges(target, detail.ranges),
  ];
  return linkedOnce(text.filter((part) => part !== '').join('\n\n'));
}

function listOf(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** The losses that the table does not have, and what they were counted on. */
function factsOf(target: JudgedTarget): string[] {
  const { metric, base, scheme } = target;
  const { unit, flips, samples } = metric;
  const deciding = decidingLoss(target);
  const said = deciding === 'floor' ? '' : deciding.by;
  const losses = [
    { by: 'by training', ...base?.training, budget: null },
    { by: 'by quantization', ...metric },
    { by: 'on the chip', ...base?.onChip },
  ].flatMap(({ by, drop, interval, budget }) => {
    if (
      by === said ||
      drop === undefined ||
      interval === undefined ||
      (base === undefined && deciding !== 'floor')
    )
      return [];
    const of = budget == null ? '' : `, of ${change(budget, unit)}`;
    return [`${by} ${change(drop, unit)} ${bareInterval([interval[0], interval[1]], unit)}${of}`];
  });
  const counted = flips
    ? `, of which quantization lost ${count(flips.lost)} and gained ${count(flips.gained)}`
    : '';
  return [
    ...(losses.length > 0 ? [`drop ${losses.join('; ')}`] : []),
    `${samples === 1 ? '1 sample' : `${count(samples)} samples`}${counted}; quantized as ${escapeText(schemeText(scheme), 200)}`,
    ...recordings(target),
  ];
}

/** Fewer recordings are no course of things. */
const FEWEST_RECORDINGS = 3;
const MAX_RECORDINGS = 12;

/** What the quantized model was on the base branch, and is here. */
function recordings({ base, metric }: JudgedTarget): string[] {
  const recorded = (base?.history ?? []).slice(-MAX_RECORDINGS);
  if (recorded.length < FEWEST_RECORDINGS) return [];
  const [{ int8, date }] = recorded;
  const line = sparkline([...recorded.map((each) => each.int8), metric.quantized]);
  return [`${line} on the base branch and here, from ${measured(int8, metric.unit)} on ${date.slice(0, 10)}`];
}

/** The table has what these begin with. */
const SAID = /^by (quantization|training): /;

function reasonsOf(reasons: readonly string[], { reasons: most }: Detail): string[] {
  const left = reasons.length - most;
  return [
    ...reasons.slice(0, most).map((reason) => escapeText(reason, 400)),
    ...(left > 0 && most > 0 ? [moreInReport(left, 'reason')] : []),
  ];
}

/** What a person has to know of a target: why it was judged so, what happened on the chip. */
function notesOf(target: JudgedTarget, detail: Detail): string[] {
  if (detail.reasons === 0) return [];
  const passed = target.verdict === 'pass' ? passesAsItIs(target) : '';
  const likely = likelyLeadersSentence(target);
  return [
    ...(passed === '' ? [] : [escapeMarked(passed, 400)]),
    ...reasonsOf(
      target.reasons.filter((reason) => !SAID.test(reason)),
      detail,
    ),
    ...aboutRepair(target),
    ...overflowsOf(target.layers),
    ...sentences(floatSentence(target)),
    ...sentences(target.verified && verifiedSentence(target.verified, target.metric.unit)),
    ...sentences(fp16Sentence(target)),
    ...(likely === '' ? [] : [escapeMarked(likely, 200)]),
  ];
}

function sentences(text: string | undefined): string[] {
  return text === undefined ? [] : [escapeText(text, 600)];
}

/** The file that is judged is not the one that the repository has. */
function aboutRepair(target: JudgedTarget): string[] {
  if (target.scheme.recipe === undefined) return [];
  const file = target.files.find((path) => basename(path) === 'model.onnx');
  const model = file === undefined ? 'repaired model' : `repaired ${escapeCode(file, 200)}`;
  const verdict = target.verdict === 'pass' ? 'pass' : 'verdict';
  return [`the ${verdict} holds for the ${model}, not for the committed file`];
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

/** What is good to know: files, what ran for real, what stays in floating point, what is assumed. */
function aboutOf(target: JudgedTarget, { reasons }: Detail): string[] {
  if (reasons === 0) return [];
  const { notQuantized, files, arithmetic } = target;
  const realRun = realRunSentence(target);
  return [
    ...(files.length > 0 ? [`parameters in ${filesText(files)}`] : []),
    ...(realRun === undefined ? [] : [realRun]),
    ...(notQuantized.length > 0 ? [notQuantizedOf(notQuantized)] : []),
    ...(arithmetic.assumed === '' ? [] : [`assumed of the chip: ${escapeText(arithmetic.assumed, 500)}`]),
  ];
}

function notQuantizedOf(layers: JudgedTarget['notQuantized']): string {
  const [first] = layers;
  const example = `${escapeCode(first.layer, 60)} (${escapeText(first.op, 30)}), ${escapeText(first.why)}`;
  return layers.length === 1
    ? `1 layer stays in floating point: ${example}`
    : `${count(layers.length)} layers stay in floating point, the first ${example}`;
}
