import { ascend } from './ascend.ts';
import { cambricon } from './cambricon.ts';
import { ncnn } from './ncnn.ts';
import { onnxruntime } from './onnxruntime.ts';
import { onnxruntimeBlocks } from './onnxruntime-blocks.ts';
import { openvino } from './openvino.ts';
import { rknn } from './rknn.ts';
import { snpe } from './snpe.ts';
import { snpeBlocks } from './snpe-blocks.ts';
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
  readonly precision?: FloatPrecision | undefined;
  readonly blockSize?: number | undefined;
}

type Variants = Partial<Record<Chip, Target>>;

/** What chips compute with in place of integers, where they can. */
const precise: Readonly<Record<FloatPrecision, Variants>> = { fp8: { tensorrt: tensorrtFp8 } };

/** The chips that take weights in blocks, as they compute with those. */
const blocked: Variants = { onnxruntime: onnxruntimeBlocks, snpe: snpeBlocks };

/** A chip as it computes: with integers, in a precision, or with weights in blocks; undefined where it cannot. */
export function targetOf(chip: Chip): Target;
export function targetOf(chip: Chip, kind: Kind): Target | undefined;
export function targetOf(chip: Chip, { precision, blockSize }: Kind = {}): Target | undefined {
  if (precision !== undefined) return blockSize === undefined ? precise[precision][chip] : undefined;
  return blockSize === undefined ? targets[chip] : blocked[chip];
}

/** The chips that compute so. */
export function chipsWith({ precision }: Kind): Chip[] {
  return Object.keys(precision === undefined ? blocked : precise[precision]) as Chip[];
}
