import type { Range } from '../numerics/grid.ts';
import type { Histogram } from '../numerics/histogram.ts';
import type { RangeMethodName } from '../numerics/ranges/index.ts';
import { activationParameters } from './activation-parameters.ts';
import { type IntegerLayer, integerLayers } from './integer-layers.ts';
import { type IntegerSum, integerSums } from './integer-sums.ts';
import { onGrid } from './on-grid.ts';
import { type Parameters, parametersOf, type Repairs } from './parameters.ts';
import type { Planned } from './planned.ts';
import { ofSharedGrid } from './shared-grids.ts';

/** A model with every choice of one target: what the chip will compute. It is made once a target and passed whole. */
export interface Quantized extends Planned {
  readonly parameters: Parameters;
  /** What recovery made of weights and biases; empty where nothing was repaired. */
  readonly repairs: Repairs;
  /** The layers that the target computes with integers. */
  readonly integerLayers: readonly IntegerLayer[];
  /** The additions that it computes with integers. */
  readonly integerSums: readonly IntegerSum[];
}

/**
 * Quantizes a planned model: activations by the scheme's method over their histogram, or the pin.
 *
 * @param histograms of every activation of the plan that has no pin
 * @param pins ranges that the user fixed, by tensor name
 * @throws UserError when a weight holds NaN or an infinity
 */
export function quantize(
  planned: Planned,
  histograms: ReadonlyMap<string, Histogram>,
  pins: ReadonlyMap<string, Range>,
): Quantized {
  return complete(planned, activationParameters(planned, histograms, pins), noRepairs);
}

export const noRepairs: Repairs = { weights: new Map(), biases: new Map() };

/** The same with other weights and biases of some layers; every range of an activation stays as it is. */
export function withRepairs(quantized: Quantized, repairs: Repairs): Quantized {
  return complete(quantized, quantized.parameters.activations, repairs, quantized);
}

/** The same with the ranges of activations by another method, but for the pins. */
export function withRangeMethod(
  quantized: Quantized,
  range: RangeMethodName,
  histograms: ReadonlyMap<string, Histogram>,
  pins: ReadonlyMap<string, Range>,
): Quantized {
  const planned = { ...quantized, scheme: { ...quantized.scheme, range } };
  return complete(planned, activationParameters(planned, histograms, pins), quantized.repairs, quantized);
}

/** The same with other ranges of some activations, by tensor name, and of what shares their grids; every other range stays. */
export function withRanges(quantized: Quantized, ranges: ReadonlyMap<string, Range>): Quantized {
  const changed = [...quantized.parameters.activations].map(([name, params]) => {
    const range = ofSharedGrid(ranges, name, quantized.plan);
    return [name, range === undefined ? params : onGrid(range, params.grid)] as const;
  });
  return complete(quantized, new Map(changed), quantized.repairs, quantized);
}

/** @param before the same with other activations or repairs: of its weights those that stay are not computed again */
function complete(
  { model, scheme, plan, precision, units }: Planned,
  activations: Parameters['activations'],
  repairs: Repairs,
  before?: Quantized,
): Quantized {
  const planned = { model, scheme, plan, precision, units };
  const parameters = parametersOf(planned, activations, repairs, before);
  const parametrized = { ...planned, parameters };
  return {
    ...parametrized,
    repairs,
    integerLayers: integerLayers(parametrized, before),
    integerSums: integerSums(parametrized),
  };
}
