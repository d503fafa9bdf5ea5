import { ascend } from './ascend.ts';
import { cambricon } from './cambricon.ts';
import { ncnn } from './ncnn.ts';
import { onnxruntime } from './onnxruntime.ts';
import { openvino } from './openvino.ts';
import { rknn } from './rknn.ts';
import { snpe } from './snpe.ts';
import type { Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';

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
