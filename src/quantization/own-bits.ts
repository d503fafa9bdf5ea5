import { precisionPlaces } from './precision.ts';
import type { Quantized } from './quantized.ts';

/** Bits of the integers of a layer, each where it is not that of the scheme. */
export interface OwnBits {
  /** Of the widest grid that it reads. */
  readonly activations?: number;
  readonly weights?: number;
}

/**
 * The layers whose integers have other bits than the scheme, by name, in the order of the graph: those that were given
 * such, and those that share a tensor with one.
 *
 * @example { weightBits: 8, activationBits: 8 } and a convolution that reads 16 bits → conv1: { activations: 16 }
 */
export function ownBits({ model, scheme, plan, units, parameters }: Quantized): Map<string, OwnBits> {
  const found = new Map<string, OwnBits>();
  for (const { name, reads } of precisionPlaces(model.view, plan, units)) {
    const grids = reads.map((tensor) => parameters.activations.get(tensor)!.grid);
    const activations = grids.reduce((most, { bits }) => Math.max(most, bits), 0);
    const weights = parameters.weights.get(name)?.grid.bits;
    const own = {
      ...(grids.length > 0 && activations !== scheme.activationBits && { activations }),
      ...(weights !== undefined && weights !== scheme.weightBits && { weights }),
    };
    if (Object.keys(own).length > 0) found.set(name, own);
  }
  return found;
}
