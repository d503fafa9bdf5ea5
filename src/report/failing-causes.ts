import { printable } from '../errors.ts';
import { crowdedWords } from './crowded-weight.ts';
import { diagnose } from './diagnosis.ts';
import { blamesQuantization } from './losses.ts';
import type { Report, TargetReport } from './report-schema.ts';
import { wholeFailure } from './whole-failure.ts';

/** Why targets do not pass. */
export interface FailingCause {
  /** One sentence without its full stop; names of the model are as they are. */
  readonly words: string;
  /** Whose cause it is: `snpe`, or `signs on snpe` where there are several models. */
  readonly of: readonly string[];
}

/**
 * The distinct causes of the targets that do not pass, in the order of the report. A model of which no target could be judged
 * for one reason is left out: that is said of the model.
 */
export function failingCauses({ models }: Pick<Report, 'models'>): FailingCause[] {
  const causes = new Map<string, string[]>();
  for (const model of models.filter((each) => wholeFailure(each) === undefined)) {
    for (const target of model.targets.filter(({ verdict }) => verdict !== 'pass')) {
      const words = causeOf(target);
      const name = models.length === 1 ? target.target : `${model.name} on ${target.target}`;
      causes.set(words, [...(causes.get(words) ?? []), name]);
    }
  }
  return [...causes].map(([words, of]) => ({ words, of }));
}

function causeOf(target: TargetReport): string {
  const [first = 'no reason is known'] = target.reasons;
  if (target.verdict === 'error' || !blamesQuantization(target)) return first;
  const diagnosis = diagnose(target);
  if (diagnosis === undefined) return first;
  const { headline, culprit } = diagnosis;
  return culprit === undefined
    ? `${headline}${crowdedWords(target)}`
    : `${headline}: "${printable(culprit.layer.name)}" ${culprit.words}`;
}
