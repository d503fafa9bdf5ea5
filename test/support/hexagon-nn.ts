import { snpe, snpeOf } from '../../src/targets/snpe.ts';
import type { Target } from '../../src/targets/target.ts';

/** SNPE with the newest rules for grids and the arithmetic of V66, whose rescale is a fixed point. */
export const hexagonNn: Target = { ...snpe, arithmetic: snpeOf('v66').arithmetic };
