import { capital } from '../words/capital.ts';
import { change, count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { rangeText, sqnrText } from '../words/ranges.ts';
import { bestCure } from './best-cure.ts';
import { blamedTensor, keptText, storedBits } from './blamed-tensor.ts';
import { crowdedWeight } from './crowded-weight.ts';
import { diagnose, type RankedLayer } from './diagnosis.ts';
import { escapeCode, escapeText } from './escape.ts';
import { fp16Sentence } from './fp16-sentence.ts';
import { type Term, termLink } from './glossary.ts';
import type { Cause } from './overview-part.ts';
import { lossKind } from './overview-row.ts';
import type { JudgedTarget, TargetReport } from './report-schema.ts';

const MOST_REASONS = 2;

/**
 * Why a target does not pass, and what to paste. `what` and `block` are the same for targets that have the same cause.
 * Undefined of a target that passes.
 */
export function whyOf(target: TargetReport): Cause | undefined {
  if (target.verdict === 'error')
    return {
      what: escapeText(target.reasons[0] ?? 'it could not be judged', 600),
      own: '',
      fix: '',
    };
  const cause = lossKind(target);
  if (cause === 'nothing') return undefined;
  if (cause === 'training')
    return {
      what: '**Training lost it, not quantization**: FP32 itself fell. Nothing in quantgate.yml wins that back.',
      own: '',
      fix: '',
    };
  const { what, own } =
    cause === 'quantization' || cause === 'samples' ? ofQuantization(target) : ofOther(target, cause);
  const cure = bestCure(target);
  if (what === '' && cure === undefined) return undefined;
  const fix = cure === undefined ? '' : `**${labels[cure.standing]}:** ${cure.figures}.`;
  return { what, own, fix, ...(cure?.block && { block: cure.block }) };
}

const labels = {
  keeps: 'Fix, measured',
  undecided: 'May fix it, measured',
  misses: 'Helps, not enough, measured',
} as const;

type Said = Pick<Cause, 'what' | 'own'>;

function ofOther(target: JudgedTarget, cause: string): Said {
  const { base, metric, floor, reasons } = target;
  const { unit } = metric;
  if (cause === 'floor')
    return {
      what: `**Below the least that is allowed**, ${measured(floor!.value, unit)}.`,
      own: `FP32 itself has ${measured(metric.fp32, unit)}.`,
    };
  if (cause === 'chip') {
    const training = base?.training ? `${change(base.training.drop, unit)} by training and ` : '';
    return {
      what: '**Worse on the chip than the base branch** by more than is allowed.',
      own: `It is ${training}${change(metric.drop, unit)} by quantization.`,
    };
  }
  const shown = reasons.slice(0, MOST_REASONS).map((reason) => escapeText(reason, 400));
  return {
    what: `**A tensor or layer keeps too little**, as the ${termLink('allowed', 'budget')} has it.`,
    own: `${shown.join('; ')}.`,
  };
}

function ofQuantization(target: JudgedTarget): Said {
  const fp16 = fp16Sentence(target);
  if (fp16 !== undefined && target.fp16?.inFp32?.verdict === 'pass')
    return {
      what: '**FP16 is not enough** for what this engine computes in it.',
      own: `${capital(escapeText(fp16, 600))}.`,
    };
  const found = diagnose(target);
  if (found === undefined) {
    const isOpen = target.verdict === 'inconclusive';
    return {
      what: isOpen ? `The ${termLink('interval')} of the drop reaches over what is allowed.` : '',
      own: '',
    };
  }
  const { headline, culprit } = found;
  if (culprit === undefined)
    return {
      what: '**Quantization destroys this model**: no ranking of layers explains it.',
      own: `Its outputs have an ${termLink('SQNR')} of ${sqnrText(target.attribution!.fullNsr)}${fewestKept(target)}.`,
    };
  const { layer } = culprit;
  const own = [
    `${escapeCode(layer.name, 60)} ${culprit.words.replace('output noise', termLink('output noise'))}`,
    keeps(layer, target),
  ].filter((part) => part !== '');
  return { what: `**${headline}**${sharedScale(layer, target)}.`, own: `${own.join('; ')}.` };
}

/** Where one scale has to serve all channels of a weight. */
function sharedScale(layer: RankedLayer, { scheme }: JudgedTarget): string {
  const isWeight = blamedTensor(layer)?.kind === 'weight';
  return isWeight && scheme.weights === 'per-tensor' && scheme.blockSize === undefined
    ? `, as one ${termLink('scale')} serves all channels of a weight`
    : '';
}

/** How many bits are kept of the tensor to blame. */
function keeps(layer: RankedLayer, target: JudgedTarget): string {
  const tensor = blamedTensor(layer);
  if (tensor === undefined) return '';
  const bits = storedBits(tensor, layer, target);
  const { channelPrecision, effectiveBits, bitsLost = 0 } = tensor;
  const link = (term: Term, words: string) => termLink(term, words);
  if (channelPrecision !== undefined) {
    const { channels, medianBits } = channelPrecision;
    return `most of its ${count(channels)} channels keep ${link('effective bits', `${keptText(medianBits, bits)} bits`)}`;
  }
  if (effectiveBits === undefined) return '';
  const range = bitsLost >= 0.5 ? `, ${bitsLost.toFixed(1)} lost to its range ${rangeText(tensor)}` : '';
  return `${escapeCode(tensor.name, 60)} keeps ${link('effective bits', `${keptText(effectiveBits, bits)} bits`)}${range}`;
}

/** Where one scale serves all channels of a weight, of which most keep too little. */
function fewestKept(target: JudgedTarget): string {
  const weight = crowdedWeight(target);
  if (weight === undefined) return '';
  const { name, channels, kept, bits } = weight;
  const few = termLink('effective bits', `${keptText(kept, bits)} bits`);
  return `; one ${termLink('scale')} serves all ${count(channels)} channels of ${escapeCode(name, 60)}, of which most keep ${few}`;
}
