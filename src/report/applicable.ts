import type { Pin } from '../config/pins.ts';
import { quote } from '../errors.ts';
import { rangeText } from '../words/ranges.ts';
import type { JudgedTarget, ModelReport, Report } from './report-schema.ts';

/** Whose suggestions count: those of a target, or, if true, those that all targets agree on. */
export type ApplyOption = string | true;

/** Ranges to be written into `quantgate.yml`, by model name, and why others are not. */
export interface Applicable {
  readonly pins: ReadonlyMap<string, readonly Pin[]>;
  readonly left: readonly string[];
}

/**
 * The suggested ranges that may be pinned. A pin holds for all targets of a model, so a range is taken if every target
 * suggests that very range, or if the target that suggests it was named by the user. A model that is quantized already
 * takes none: its own grids are judged.
 */
export function applicable({ models }: Pick<Report, 'models'>, apply: ApplyOption): Applicable {
  const pins = new Map<string, Pin[]>();
  const left: string[] = [];
  for (const model of models) {
    const sources = apply === true ? model.targets : model.targets.filter(({ target }) => target === apply);
    const suggested = sources.map((target) => new Map(changesOf(target).map((c) => [c.tensor, c])));
    for (const tensor of new Set(suggested.flatMap((changes) => [...changes.keys()]))) {
      const all = suggested.map((changes) => changes.get(tensor));
      const [first] = all;
      if (first !== undefined && all.every((c) => c?.alpha === first.alpha && c.beta === first.beta)) {
        pins.set(model.name, [...(pins.get(model.name) ?? []), first]);
      } else left.push(disagreement(model, tensor));
    }
  }
  return { pins, left };
}

function changesOf(
  target: ModelReport['targets'][number],
): NonNullable<JudgedTarget['suggestion']>['changes'] {
  if (target.verdict === 'error' || target.scheme.range === 'file') return [];
  return target.suggestion?.changes ?? [];
}

function disagreement({ name, targets }: ModelReport, tensor: string): string {
  const each = targets.map((target) => {
    const change = changesOf(target).find((c) => c.tensor === tensor);
    return `${target.target} suggests ${change === undefined ? 'none' : rangeText(change)}`;
  });
  return `${name}: the range of ${quote(tensor)} was not written, as targets differ (${each.join(', ')}): name one with --apply <target>`;
}
