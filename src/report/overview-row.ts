import { outlook } from '../verdict/verdict.ts';
import { bareInterval, change } from '../words/counts.ts';
import { difference, level, measured, unitOf } from '../words/figures.ts';
import type { MetricUnit } from '../words/metric-units.ts';
import { bestCure } from './best-cure.ts';
import { escapeText } from './escape.ts';
import { decidingLoss } from './losses.ts';
import { ofSamples } from './of-samples.ts';
import type { OverviewRow } from './overview-part.ts';
import type { JudgedTarget, ModelReport, TargetReport } from './report-schema.ts';
import { precisionText } from './scheme-words.ts';

/** A target as a row of the one table. */
export function overviewRow(model: Pick<ModelReport, 'name'>, target: TargetReport): OverviewRow {
  const names = { model: model.name, target: target.target };
  if (target.verdict === 'error')
    return {
      ...names,
      precision: '',
      metric: '',
      by: 'error',
      level: '',
      values: '–',
      drop: '–',
      toDo: 'see below',
    };
  return {
    ...names,
    precision: precisionText([target.scheme]),
    metric: escapeText(target.metric.name),
    by: lossKind(target),
    level: level(target.metric.confidence),
    values: valuesOf(target),
    drop: dropOf(target),
    toDo: toDoOf(target),
  };
}

/** What a verdict that is no pass speaks of. */
export function lossKind(target: JudgedTarget): OverviewRow['by'] {
  const { verdict, metric, base, floor } = target;
  if (verdict === 'pass') return 'nothing';
  const open = [metric, base?.onChip, floor].filter((each) => each !== undefined && each.verdict !== 'pass');
  if (open.length === 0) return 'bits';
  if (verdict === 'inconclusive') return 'samples';
  const loss = decidingLoss(target);
  if (loss === 'floor') return 'floor';
  return ({ 'by quantization': 'quantization', 'by training': 'training', 'on the chip': 'chip' } as const)[
    loss.by
  ];
}

/** FP32 → quantized, with a line for of how many samples where that is not all, and one for those of the base. */
function valuesOf({ verdict, metric, base }: JudgedTarget): string {
  const { fp32, quantized, unit } = metric;
  const strong = verdict === 'fail' ? '**' : '';
  const head = `${bare(fp32, unit)} → ${whole(measured(quantized, unit))}`;
  const seen = ofSamples(metric).trim();
  const shown = `${bare(fp32, unit)} → ${strong}${whole(measured(quantized, unit))}${strong}${seen === '' ? '' : `<br><sub>${seen}</sub>`}`;
  if (base === undefined) return shown;
  const int8 = base.int8 === null ? '–' : whole(measured(base.int8, unit));
  const before = `${bare(base.fp32, unit)} → ${int8}`;
  return `${shown}<br><sub>${before === head ? 'as the base' : `base ${before}`}</sub>`;
}

/** What was lost, of what is allowed, and its interval. */
function dropOf(target: JudgedTarget): string {
  const { metric, base, floor, verdict } = target;
  const { unit } = metric;
  const loss = decidingLoss(target);
  const strong = verdict === 'fail' ? '**' : '';
  if (loss === 'floor') {
    const least = whole(measured(floor!.value, unit));
    return `${strong}${whole(measured(metric.quantized, unit))}${strong}, at least ${least}<br>${bareInterval(floor!.interval, unit)}`;
  }
  const by = loss.by === 'by quantization' ? '' : ` ${loss.by}`;
  const of = loss.budget === null ? whole(unitOf(unit)) : ` of ${whole(change(loss.budget, unit))}`;
  const { interval } = {
    'by quantization': metric,
    'by training': base?.training ?? metric,
    'on the chip': base?.onChip ?? metric,
  }[loss.by];
  return `${strong}${difference(loss.drop, unit)}${strong}${of}${by}<br>${bareInterval(interval, unit)}`;
}

/** A value whose unit follows after the next. */
function bare(value: number, unit: MetricUnit): string {
  return unit === 'fraction' ? measured(value, unit).replace(/ %$/, '') : difference(value, unit);
}

/** A figure is not broken from its unit. */
function whole(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** What to do in a few words; empty where nothing is. */
function toDoOf(target: JudgedTarget): string {
  const cause = lossKind(target);
  switch (cause) {
    case 'nothing':
      return '';
    case 'training':
      return 'train again';
    case 'floor':
    case 'chip':
    case 'bits':
    case 'quantization':
    case 'samples': {
      const cure = bestCure(target);
      if (cure !== undefined) return `${cure.short}<br>${outcomes[cure.standing]}`;
      if (cause === 'samples') return moreSamples(target);
      return target.recovery === undefined ? '' : 'nothing tried helps';
    }
    default:
      return '';
  }
}

const outcomes = { keeps: '→ passes', undecided: '→ may pass', misses: '→ helps, not enough' } as const;

function moreSamples({ metric: { verdict, samplesToDecide } }: JudgedTarget): string {
  if (verdict === 'pass') return 'evaluate on more samples';
  const words = outlook(samplesToDecide);
  const [, number] = /^about ([\d,]+) samples/.exec(words) ?? [];
  return number === undefined ? 'more samples do not decide' : `evaluate on about ${number} samples`;
}
