import { cambricon } from './cambricon.ts';
import { onnxruntime } from './onnxruntime.ts';
import { snpe } from './snpe.ts';
import type { Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';

/** Every target by the name that `quantgate.yml` uses. */
export const targets = { tensorrt, snpe, cambricon, onnxruntime } satisfies Record<string, Target>;
export type Chip = keyof typeof targets;
