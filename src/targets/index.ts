import { ascend } from './ascend.ts';
import { cambricon } from './cambricon.ts';
import type { Architecture } from './hexagon-architectures.ts';
import { ncnn } from './ncnn.ts';
import { onnxruntime } from './onnxruntime.ts';
import { onnxruntimeBlocks } from './onnxruntime-blocks.ts';
import { openvino } from './openvino.ts';
import { rknn } from './rknn.ts';
import { snpe, snpeOf } from './snpe.ts';
import { blocksOnSnpe } from './snpe-blocks.ts';
import type { FloatPrecision, Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';
import { tensorrtFp8 } from './tensorrt-fp8.ts';

/** Every target by the name that `quantgate.yml` uses. */
export const targets = {
  tensorrt,
  snpe,
  cambricon,
  onnxruntime,
  ncnn,
  ascend,
  openvino,
  rknn,
} satisfies Record<string, Target>;
export type Chip = keyof typeof targets;

/** What a config says of how a chip computes. */
export interface Kind {
  readonly arch?: Architecture | undefined;
  readonly precision?: FloatPrecision | undefined;
  readonly blockSize?: number | undefined;
}

/** What chips compute with in place of integers, where they can. */
const precise: Readonly<Record<FloatPrecision, Partial<Record<Chip, Target>>>> = {
  fp8: { tensorrt: tensorrtFp8 },
};

/** The chips that take weights in blocks, as they compute with those. */
const blocked: Partial<Record<Chip, (target: Target) => Target>> = {
  onnxruntime: () => onnxruntimeBlocks,
  snpe: blocksOnSnpe,
};

/**
 * A chip as it computes: of an architecture where it has several, with integers, in a precision, or with weights in blocks;
 * undefined where it cannot.
 */
export function targetOf(chip: Chip): Target;
export function targetOf(chip: Chip, kind: Kind): Target | undefined;
export function targetOf(chip: Chip, { arch, precision, blockSize }: Kind = {}): Target | undefined {
  if (precision !== undefined) return blockSize === undefined ? precise[precision][chip] : undefined;
  const target = chip === 'snpe' && arch !== undefined ? snpeOf(arch) : targets[chip];
  return blockSize === undefined ? target : blocked[chip]?.(target);
}

/** The chips that compute so. */
export function chipsWith({ precision }: Kind): Chip[] {
  return Object.keys(precision === undefined ? blocked : precise[precision]) as Chip[];
}
