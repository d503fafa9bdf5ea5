import { printable } from '../errors.ts';
import { type Look, type StyledLine, span } from '../report/terminal/styled.ts';
import type { ComparedTensor } from '../verification/layer-differences.ts';
import type { CheckedTarget, TargetCheck, VerifiedModel } from '../verification/verification-schema.ts';
import { change, changeInterval, count, percent } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { tinyShare } from '../words/ranges.ts';

/** What a check found, an outcome a line, for a terminal or a log. */
export function checkLines({ name, targets }: VerifiedModel): string[] {
  return targets.flatMap((target) => linesOf(target).map((line) => `${name}  ${line}`));
}

/** The worst outcome, and of how many targets it is, as a person reads it. */
export function shownOutcome(worst: Outcome, outcomes: readonly Outcome[]): StyledLine[] {
  const { symbol, look } = looks[worst];
  const hit = outcomes.filter((each) => each === worst).length;
  const where = outcomes.length > 1 && hit > 0 ? ` on ${hit} of ${outcomes.length} targets` : '';
  return [[], [span(`${symbol} ${worst}`, look), span(where)]];
}

type Outcome = TargetCheck['outcome'];

const looks: Readonly<Record<Outcome, { readonly symbol: string; readonly look: Look }>> = {
  agrees: { symbol: '✓', look: 'green' },
  differs: { symbol: '✗', look: 'red' },
  'cannot-tell': { symbol: '?', look: 'yellow' },
  error: { symbol: '!', look: 'red' },
};

function linesOf(target: TargetCheck): string[] {
  const line = (kind: string, text: string) => `${kind.padEnd(12)}  ${target.target}: ${text}`;
  if (!('metric' in target)) return [line('error', target.reasons.join('; '))];
  const { outcome, reasons, layers, notes } = target;
  return [
    line(outcome, figures(target)),
    ...(outcome === 'agrees' ? [] : [line('why', printableAll(reasons))]),
    ...(layers === undefined ? [] : [line('layers', layerWords(layers))]),
    ...notes.map((note) => line('note', printable(note))),
  ];
}

const printableAll = (texts: readonly string[]) => texts.map(printable).join('; ');

function figures({ library, version, metric, samples, equalShare, sqnrDb }: CheckedTarget): string {
  const { name, unit, fp32, predicted, difference, interval } = metric;
  const say = (value: number) => measured(value, unit);
  const by = printable([library, version].filter((part) => part !== '').join(' '));
  return [
    `${name} ${say(metric.measured)} by ${by} beside ${say(predicted)} predicted, ${say(fp32)} FP32`,
    `difference ${change(difference, unit)} ${changeInterval(interval, unit)}`,
    ...(equalShare === undefined
      ? []
      : [`same greatest output in ${percent(equalShare)} of ${count(samples)} samples`]),
    ...(equalShare === undefined ? [`${count(samples)} samples`] : []),
    ...(sqnrDb === undefined
      ? []
      : [sqnrDb === null ? 'outputs the same' : `outputs SQNR ${decibels(sqnrDb)}`]),
  ].join(', ');
}

function layerWords({ along, samples, first, worst }: NonNullable<CheckedTarget['layers']>): string {
  const seen = `${along.length === 1 ? '1 tensor' : `${count(along.length)} tensors`} on ${count(samples)} samples`;
  if (first === null || worst === null) return `all codes of ${seen} are the same`;
  return first.tensor === worst.tensor
    ? `of ${seen} the first to differ, and the worst, is ${tensorWords(first)}`
    : `of ${seen} the first to differ is ${tensorWords(first)}; the worst is ${tensorWords(worst)}`;
}

function tensorWords({ layer, equalShare, largestStep, sqnrDb }: ComparedTensor): string {
  const steps = largestStep === 1 ? '1 step' : `${count(largestStep)} steps`;
  const differing = tinyShare(1 - equalShare);
  return `${printable(layer)}: ${differing} of its codes by up to ${steps}, ${decibels(sqnrDb!)}`;
}

function decibels(value: number): string {
  return `${value.toFixed(1)} dB`;
}
