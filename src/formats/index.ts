import { encodings0 } from './aimet-0.ts';
import { encodings1 } from './aimet-1.ts';
import { encodings2 } from './aimet-2.ts';
import { ascendRecord } from './ascend-record.ts';
import { cambriconCatch } from './cambricon-catch.ts';
import { cambriconMagicMind } from './cambricon-magicmind.ts';
import { cambriconParameters } from './cambricon-parameters.ts';
import { cambriconPrototxt } from './cambricon-prototxt.ts';
import { ncnnTable } from './ncnn-table.ts';
import type { ParameterFormat } from './parameter-set.ts';
import { calibrationCache } from './tensorrt-cache.ts';

/** Every parameter file that quantgate reads: what the targets write, and what they write when an option asks. */
export const parameterFormats: readonly ParameterFormat[] = [
  calibrationCache,
  encodings0,
  encodings1,
  encodings2,
  cambriconParameters,
  cambriconPrototxt,
  cambriconCatch,
  cambriconMagicMind,
  ncnnTable,
  ascendRecord,
];
