import type { TargetChanges } from '../config/target-changes.ts';
import { change, count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { type Block, changeBlock } from './change-block.ts';
import { escapeText } from './escape.ts';
import { bestRanges } from './other-ranges.ts';
import { isApplicable, type PlanReport, planChanges, planFigures } from './recovery-plan.ts';
import type { JudgedTarget } from './report-schema.ts';
import { layerGroups, layersText } from './scheme-words.ts';

/** The one thing to do about a target, measured on the evaluation samples. */
export interface Cure {
  /** In a few words, as Markdown. */
  readonly short: string;
  readonly standing: PlanReport['standing'];
  /** What it comes to, as Markdown. */
  readonly figures: string;
  /** To be pasted; undefined where there is nothing, or too much. */
  readonly block: Block | undefined;
  /** Whether `/quantgate apply` writes it. */
  readonly isApplied: boolean;
}

/** Float32 where that alone mends it, else the plan of its recovery, else other ranges that help; undefined where nothing does. */
export function bestCure(target: JudgedTarget): Cure | undefined {
  return inFp32(target) ?? planned(target) ?? otherRanges(target);
}

function inFp32(target: JudgedTarget): Cure | undefined {
  const after = target.fp16?.inFp32;
  if (after === undefined || after.verdict !== 'pass') return undefined;
  return {
    short: 'float: fp32',
    standing: 'keeps',
    figures: figuresOf(target, after),
    block: changeBlock(target, { pins: [] }, 'fp32'),
    isApplied: false,
  };
}

function planned(target: JudgedTarget): Cure | undefined {
  const plan = target.recovery?.plan;
  if (!plan) return undefined;
  const changes = planChanges(plan);
  return {
    short: shortOf(changes),
    standing: plan.standing,
    figures: escapeText(planFigures(target, plan), 400),
    block: changeBlock(target, changes),
    isApplied: isApplicable(plan),
  };
}

function otherRanges(target: JudgedTarget): Cure | undefined {
  const best = bestRanges(target);
  if (best === undefined) return undefined;
  const { budget } = target.metric;
  return {
    short: shortOf(best.changes),
    standing: budget === null || best.drop <= budget ? 'undecided' : 'misses',
    figures: figuresOf(target, best),
    block: target.scheme.range === 'file' ? undefined : changeBlock(target, best.changes),
    isApplied: best.changes.pins.length > 0,
  };
}

function figuresOf(
  { metric: { name, unit } }: JudgedTarget,
  { quantized, drop }: { readonly quantized: number; readonly drop: number },
): string {
  return `${escapeText(name)} ${measured(quantized, unit)}, drop ${change(drop, unit)}`;
}

/** per-channel weights, recipe: round, 16 bits for 2 layers, 3 other ranges: no code, which is wide. */
function shortOf(changes: TargetChanges): string {
  const { weights, range, recipe } = changes;
  const { integers, floats, width } = layerGroups([...(changes.layers ?? new Map()).values()]);
  const pins = changes.pins.length;
  return [
    ...(weights === undefined ? [] : [`${weights} weights`]),
    ...(range === undefined ? [] : [`ranges by ${range}`]),
    ...(recipe === undefined ? [] : [`recipe: ${recipe.join(', ')}`]),
    ...(integers > 0 ? [`${width ?? 'more'} bits for ${layersText(integers)}`] : []),
    ...(floats > 0 ? [`${layersText(floats)} in floating point`] : []),
    ...(pins > 0 ? [pins === 1 ? 'another range' : `${count(pins)} other ranges`] : []),
  ].join(', ');
}
