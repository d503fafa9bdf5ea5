import { FLOAT_BITS } from '../numerics/grid.ts';
import { type Architecture, NEWEST } from '../targets/hexagon-architectures.ts';
import { type Chip, type Kind, targetOf, targets } from '../targets/index.ts';
import type { EncodingsVersion } from '../targets/snpe.ts';
import {
  defaultFloat,
  type FloatPrecision,
  type FloatType,
  type Granularity,
  type RangeChoice,
} from '../targets/target.ts';
import type { LayersInput } from './layer-schema.ts';
import type { RepairStep } from './repair-steps.ts';

/** A target as the config gives it: a chip, or a chip with what differs from its defaults. */
export type TargetInput =
  | Chip
  | {
      readonly chip: Chip;
      readonly arch?: Architecture | undefined;
      readonly weights?: Granularity | undefined;
      readonly precision?: FloatPrecision | undefined;
      readonly 'weight-bits': number;
      readonly 'activation-bits': number | 'float';
      readonly 'block-size'?: number | undefined;
      readonly range?: RangeChoice | undefined;
      readonly float?: FloatType | undefined;
      readonly encodings?: EncodingsVersion | undefined;
      readonly ranges?: Readonly<Record<string, PinnedRange>> | undefined;
      readonly recipe?: readonly RepairStep[] | undefined;
      readonly layers?: LayersInput | undefined;
    };

/** A range that is not chosen from data, alpha < beta. */
export interface PinnedRange {
  readonly alpha: number;
  readonly beta: number;
}

/** Pinned ranges by tensor name. */
export type PinnedRanges = ReadonlyMap<string, PinnedRange>;

/** What one layer has in place of its target's bits: other ones, or floating point. */
export interface LayerPrecision {
  /** Of what it reads, 4 to 16. */
  readonly activationBits?: number;
  /** Of its weights, 4 to 16. */
  readonly weightBits?: number;
  /** It computes in floating point, with the weights that it has. */
  readonly float?: boolean;
}

/** By the layer's name, which is that of its unit. */
export type LayerPrecisions = ReadonlyMap<string, LayerPrecision>;

/** A target of a model with every default filled in. */
export interface TargetConfig {
  /** Unique in its model; fit for a folder name. */
  readonly id: string;
  readonly chip: Chip;
  /** Version of the chip's processor, where its target tells them apart. */
  readonly arch?: Architecture;
  readonly weights: Granularity;
  /** What it computes with in place of integers. */
  readonly precision?: FloatPrecision;
  readonly weightBits: number;
  /** `FLOAT_BITS` where activations stay in floating point. */
  readonly activationBits: number;
  /** Weights in a block of an output channel that have a scale together. */
  readonly blockSize?: number;
  readonly range: RangeChoice;
  /** The type in which what is not integer is computed. */
  readonly float: FloatType;
  /** Those of its model, and its own in their place. */
  readonly ranges: PinnedRanges;
  /** What repairs it, in this order; empty where nothing does. */
  readonly recipe: readonly RepairStep[];
  /** The layers that have a precision of their own. */
  readonly layers: LayerPrecisions;
  /** Version of the encodings file of SNPE and QNN; its default where absent. */
  readonly encodings?: EncodingsVersion;
}

/** How ranges are chosen where nothing says. */
export const DEFAULT_RANGE: RangeChoice = 'mse';

/** All options of a target; `fallback` is the range method of its model, `ranges` are what its model pins. */
export function resolveTarget(
  input: TargetInput,
  fallback: RangeChoice,
  ranges: PinnedRanges = new Map(),
): TargetConfig {
  const given: Exclude<TargetInput, Chip> =
    typeof input === 'string' ? { chip: input, 'weight-bits': 8, 'activation-bits': 8 } : input;
  return {
    id: targetId(input, fallback),
    chip: given.chip,
    ...(given.chip === 'snpe' && { arch: given.arch ?? NEWEST }),
    weights: given.weights ?? granularityOf(given.chip, kindOf(given)),
    ...(given.precision && { precision: given.precision }),
    weightBits: given['weight-bits'],
    activationBits: activationWidth(given),
    ...(given['block-size'] !== undefined && { blockSize: given['block-size'] }),
    range: given.range ?? fallback,
    float: given.float ?? defaultFloat(targets[given.chip]),
    ranges: new Map([...ranges, ...Object.entries(given.ranges ?? {})]),
    recipe: given.recipe ?? [],
    layers: new Map(Object.entries(given.layers ?? {}).map(([name, layer]) => [name, precisionOf(layer)])),
    ...(given.encodings && { encodings: given.encodings }),
  };
}

function activationWidth(given: Exclude<TargetInput, Chip>): number {
  return given['activation-bits'] === 'float' ? FLOAT_BITS : given['activation-bits'];
}

/** How a chip computes by what its entry says. */
export function kindOf(given: TargetInput): Kind {
  if (typeof given === 'string') return {};
  return { arch: given.arch, precision: given.precision, blockSize: given['block-size'] };
}

function granularityOf(chip: Chip, kind: Kind): Granularity {
  return (targetOf(chip, kind) ?? targetOf(chip)).weights.granularity;
}

function precisionOf(layer: LayersInput[string]): LayerPrecision {
  const { 'activation-bits': activationBits, 'weight-bits': weightBits, float } = layer;
  return {
    ...(activationBits !== undefined && { activationBits }),
    ...(weightBits !== undefined && { weightBits }),
    ...(float && { float }),
  };
}

/**
 * The chip and what differs from its defaults, such as `snpe`, `snpe-v66-w4a8-kl` or `tensorrt-fp8`. It does not depend on
 * the other targets of the model, so that a baseline is found again; equal options give equal ids.
 */
export function targetId(input: TargetInput, fallback: RangeChoice): string {
  if (typeof input === 'string') return input;
  const { chip, arch = NEWEST, weights, precision, range, float } = input;
  const bits = `w${input['weight-bits']}a${activationWidth(input)}`;
  const block = input['block-size'];
  return [
    chip,
    ...(arch === NEWEST ? [] : [arch]),
    ...(precision ? [precision] : []),
    ...(bits === 'w8a8' ? [] : [bits]),
    ...(block === undefined ? [] : [`block${block}`]),
    ...(weights && weights !== granularityOf(chip, kindOf(input)) ? [weights] : []),
    ...(float && float !== defaultFloat(targets[chip]) ? [float] : []),
    ...(range && range !== fallback ? [range] : []),
  ].join('-');
}
