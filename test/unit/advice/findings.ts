import type { Findings } from '../../../src/advice/findings.ts';
import type { AttributedUnit, Attribution, Shares } from '../../../src/attribution/attribution.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { bitUse } from '../../../src/quantization/bit-use.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import { weightBitUse } from '../../../src/quantization/weight-bit-use.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { quantizedBy } from '../../support/quantize.ts';

const nothing: Shares = {
  weightRound: 0,
  weightClip: 0,
  activationRound: 0,
  activationClip: 0,
  output: 0,
};

/** A unit whose error is of one kind. */
export function unit(name: string, cause: keyof Shares, rank = 1, impact = 0.1 / rank): AttributedUnit {
  return {
    name,
    op: 'MatMul',
    reads: [],
    rank,
    local: { nsr: 0.01, shares: { ...nothing, [cause]: 1 }, clipRate: 0 },
    impact: { nsr: impact, worstSample: 0.2, samples: 8 },
    cumulativeNsr: 0.01,
  };
}

export function attributionOf(...units: AttributedUnit[]): Attribution {
  const measured = {
    fullNsr: 0.2,
    additivity: 1,
    ranking: 'alone',
    destroyed: false,
    probeSamples: 8,
  } as const;
  return { units, unranked: [], ...measured };
}

/** What is found out about a model on made-up activations, with a made-up attribution. */
export function findingsOf(
  model: LoadedModel,
  values: Record<string, Float32Array>,
  given: {
    readonly chip?: Chip;
    readonly scheme?: Partial<Scheme>;
    readonly pins?: Record<string, Range>;
    readonly attribution: Attribution;
    readonly overflows?: Record<string, number>;
  },
): Findings {
  const target = targets[given.chip ?? 'snpe'];
  const { granularity } = target.weights;
  const scheme: Scheme = {
    target,
    granularity,
    weightBits: 8,
    activationBits: 8,
    range: 'min-max',
    ...given.scheme,
  };
  const histograms = histogramsOf(values);
  const pins = given.pins ?? {};
  const quantized = quantizedBy(model, scheme, histograms, pins);
  const { plan, parameters } = quantized;
  const { initializers } = model.view;
  return {
    attribution: given.attribution,
    quantized,
    histograms,
    activationBits: new Map(
      [...parameters.activations].flatMap(([name, params]) => {
        const use = bitUse(histograms.get(name)!, params, [...parameters.activations.values()][0].grid);
        return use === undefined ? [] : [[name, use]];
      }),
    ),
    weightBits: new Map(
      plan.layers.flatMap(({ name, weight }) => {
        const used = parameters.weights.get(name);
        if (weight === undefined || used === undefined) return [];
        const data = readTensor(initializers.get(weight.name)!, '').data as Float32Array;
        const use = weightBitUse(data, used, weight.axis, target.rounding);
        return use === undefined ? [] : [[name, use]];
      }),
    ),
    overflows: new Map(Object.entries(given.overflows ?? {})),
    pins: new Map(Object.entries(pins)),
  };
}
