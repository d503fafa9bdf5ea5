import { type Architecture, architectureRules } from '../targets/hexagon-architectures.ts';
import { type Chip, chipsWith, targetOf } from '../targets/index.ts';
import { rangeMethodsOf } from '../targets/range-methods-of.ts';
import type { RangeChoice, Target } from '../targets/target.ts';
import { blockProblems } from './block-schema.ts';
import { beyondChip } from './layer-schema.ts';
import { roundsIntegers } from './repair-steps.ts';
import { kindOf, type TargetInput } from './target-id.ts';

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

const FLOAT8_BITS = 8;

/** Whether ranges for the codes of a target can be chosen this way. */
export function canChoose(choice: RangeChoice, target: Target): boolean {
  return choice === 'native' || rangeMethodsOf(target).includes(choice);
}

/** What can choose them where something else cannot. */
export function choicesOf(target: Target): string {
  return `counts integers, and ${target.precision} has none: take one of ${rangeMethodsOf(target).join(', ')}`;
}

/** What contradicts itself in an entry of `targets:`, or is beyond its chip; the first of it where the rest depends on it. */
export function targetProblems(given: Exclude<TargetInput, Chip>): Problem[] {
  const { chip, precision } = given;
  const as = targetOf(chip, kindOf(given));
  const problems = ofArchitecture(given);
  if (given['block-size'] !== undefined) {
    problems.push(...blockProblems(given, as));
    if (as === undefined) return problems;
  } else if (given['activation-bits'] === 'float')
    problems.push({
      path: ['activation-bits'],
      message: 'float goes with block-size, for weights in blocks',
    });
  if (as === undefined)
    return [
      ...problems,
      {
        path: ['precision'],
        message: `${chip} has no ${precision}, only ${chipsWith({ precision }).join(', ')}`,
      },
    ];
  if (given['block-size'] === undefined && precision === undefined) problems.push(...tooWide(given, as));
  for (const { path, message } of beyondChip(given.layers ?? {}, as))
    problems.push({ path: ['layers', ...path], message });
  return precision === undefined ? problems : [...problems, ...ofPrecision(given, as)];
}

function tooWide(given: Exclude<TargetInput, Chip>, { title, widest }: Target): Problem[] {
  const bits = { 'weight-bits': widest.weights, 'activation-bits': widest.activations };
  return Object.entries(bits).flatMap(([key, most]) =>
    Number(given[key as keyof typeof bits]) > most
      ? [{ path: [key], message: `${title} has at most ${most} bits: give no more` }]
      : [],
  );
}

function ofArchitecture({ chip, arch, encodings, weights }: Exclude<TargetInput, Chip>): Problem[] {
  const foreign = Object.entries({ arch, encodings }).flatMap(([key, value]) =>
    value === undefined || chip === 'snpe' ? [] : [{ path: [key], message: 'is for snpe alone' }],
  );
  if (weights !== 'per-channel' || arch === undefined || hasChannels(arch)) return foreign;
  const message = `${arch} has one scale for a weight: leave it out, or name a newer arch`;
  return [...foreign, { path: ['weights'], message }];
}

function hasChannels(arch: Architecture): boolean {
  return architectureRules[arch].perChannelOperators.size > 0;
}

function ofPrecision(given: Exclude<TargetInput, Chip>, as: Target): Problem[] {
  const { precision } = given;
  const problems: Problem[] = [];
  for (const key of ['weight-bits', 'activation-bits'] as const)
    if (given[key] !== FLOAT8_BITS)
      problems.push({ path: [key], message: `${precision} has ${FLOAT8_BITS} bits: leave it out` });
  const rounds = given.recipe?.findIndex(roundsIntegers) ?? -1;
  if (rounds >= 0)
    problems.push({
      path: ['recipe', String(rounds)],
      message: `rounds integers, and ${precision} has none: take it out`,
    });
  if (given.range !== undefined && !canChoose(given.range, as))
    problems.push({ path: ['range'], message: choicesOf(as) });
  return problems;
}
