import { printable } from '../errors.ts';
import { floatSentence } from '../report/float-sentence.ts';
import { fp16Sentence } from '../report/fp16-sentence.ts';
import { ofSamples } from '../report/of-samples.ts';
import type { JudgedTarget, Report, TargetReport } from '../report/report-schema.ts';
import { passesAsItIs, toDo } from '../report/to-do.ts';
import { isWarnedOf } from '../report/warned.ts';
import { wholeFailure } from '../report/whole-failure.ts';
import { aboutModel } from '../words/about-model.ts';
import { change, changeInterval } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import type { MetricUnit } from '../words/metric-units.ts';

/** A verdict per line, for a terminal or a log. */
export function summaryLines(report: Report): string[] {
  return report.models.flatMap((model) =>
    wholeFailure(model) === undefined
      ? model.targets.flatMap((target) =>
          linesOf(target, isWarnedOf(model, report)).map((line) => `${model.name}  ${line}`),
        )
      : [`${model.name}  error         no target could be judged`],
  );
}

/** Why each target was judged so, a reason per line; those of an error are in its summary. */
export function reasonLines({ models }: Report): string[] {
  return models.flatMap(({ name, targets }) =>
    targets.flatMap((target) =>
      target.verdict === 'error'
        ? []
        : target.reasons.map((reason) => `${name}  ${'reason'.padEnd(12)}  ${target.target}: ${reason}`),
    ),
  );
}

/** A line for each model of which no target could be judged, for one reason. */
export function failureLines({ models }: Report): string[] {
  return models.flatMap((model) => {
    const problem = wholeFailure(model);
    return problem === undefined ? [] : [aboutModel(model.name, problem)];
  });
}

/** A line for each of the other targets that could not be judged, which `summaryLines` has as well. */
export function errorLines({ models }: Report): string[] {
  return models.flatMap((model) =>
    wholeFailure(model) === undefined
      ? model.targets.flatMap(({ target, verdict, reasons }) =>
          verdict === 'error' ? [aboutModel(model.name, `${target}: ${reasons.join('; ')}`)] : [],
        )
      : [],
  );
}

function linesOf(target: TargetReport, isWarned: boolean): string[] {
  if (target.verdict === 'error') return [targetLine(target)];
  const line = (kind: string, text: string) => `${kind.padEnd(12)}  ${target.target}: ${text}`;
  const isSought = target.recovery !== undefined || target.fp16?.inFp32 !== undefined;
  const isOpen = isSought && target.verdict !== 'pass';
  const passed = target.verdict === 'pass' ? passesAsItIs(target) : '';
  const sentences = [floatSentence(target), fp16Sentence(target)];
  return [
    targetLine(target),
    ...(isOpen ? [line('to do', toDo(target, isWarned))] : []),
    ...(passed === '' ? [] : [line('note', passed)]),
    ...sentences.flatMap((sentence) => (sentence === undefined ? [] : [line('note', printable(sentence))])),
  ];
}

function targetLine(target: TargetReport): string {
  if (target.verdict === 'error') return `error         ${target.target}: ${target.reasons.join('; ')}`;
  const { name, unit, fp32, quantized, drop, interval, budget } = target.metric;
  const values = `${name} ${measured(fp32, unit)} → ${measured(quantized, unit)}${ofSamples(target.metric)}`;
  const loss = `drop ${change(drop, unit)} ${changeInterval(interval, unit)}, ${allowed(budget, unit)}`;
  return `${target.verdict.padEnd(12)}  ${target.target}: ${values}, ${loss}${sinceBase(target)}${floorOf(target)}`;
}

function floorOf({ floor, metric: { unit } }: JudgedTarget): string {
  return floor === undefined ? '' : `, min-accuracy ${measured(floor.value, unit)}`;
}

function sinceBase({ base, metric: { unit } }: JudgedTarget): string {
  if (base === undefined) return '';
  const { training, onChip } = base;
  const chip = `on the chip ${change(onChip.drop, unit)} ${changeInterval(onChip.interval, unit)}, ${allowed(onChip.budget, unit)}`;
  return `; since the base: ${training === null ? '' : `by training ${change(training.drop, unit)}, `}${chip}`;
}

function allowed(budget: number | null, unit: MetricUnit): string {
  return budget === null ? 'no budget' : `budget ${change(budget, unit)}`;
}
