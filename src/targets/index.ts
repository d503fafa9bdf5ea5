import { ascend } from './ascend.ts';
import { cambricon } from './cambricon.ts';
import { ncnn } from './ncnn.ts';
import { onnxruntime } from './onnxruntime.ts';
import { openvino } from './openvino.ts';
import { rknn } from './rknn.ts';
import { snpe } from './snpe.ts';
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

/** What chips compute with in place of integers, where they can. */
const precise: Readonly<Record<FloatPrecision, Partial<Record<Chip, Target>>>> = {
  fp8: { tensorrt: tensorrtFp8 },
};

/** A chip as it computes: with integers, or in a precision; undefined where it does not have that. */
export function targetOf(chip: Chip): Target;
export function targetOf(chip: Chip, precision: FloatPrecision | undefined): Target | undefined;
export function targetOf(chip: Chip, precision?: FloatPrecision): Target | undefined {
  return precision === undefined ? targets[chip] : precise[precision][chip];
}

/** The chips that have a precision. */
export function chipsWith(precision: FloatPrecision): Chip[] {
  return Object.keys(precise[precision]) as Chip[];
}
