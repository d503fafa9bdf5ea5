import { targets } from '../targets/index.ts';
import { encodingVersions } from '../targets/snpe.ts';
import type { ParameterFormat } from './parameter-set.ts';

/** Every parameter file that quantgate reads: what the targets write, and what they write when an option asks. */
export const parameterFormats: readonly ParameterFormat[] = [
  ...new Set([
    ...Object.values(targets).flatMap((target): readonly ParameterFormat[] => target.formats),
    ...Object.values(encodingVersions),
  ]),
];
