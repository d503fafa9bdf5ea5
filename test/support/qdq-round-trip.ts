import type { LayerPrecision } from '../../src/config/target-id.ts';
import { qdqModel } from '../../src/emulation/qdq-model.ts';
import type { TensorParameters } from '../../src/formats/parameter-set.ts';
import { readQdq } from '../../src/formats/qdq-onnx.ts';
import type { Range } from '../../src/numerics/grid.ts';
import { createHistogram, observe } from '../../src/numerics/histogram.ts';
import type { ModelProto } from '../../src/onnx/gen/onnx_pb.ts';
import { parseModel, serializeModel } from '../../src/onnx/model.ts';
import type { Parameters } from '../../src/quantization/parameters.ts';
import type { Plan } from '../../src/quantization/plan.ts';
import { planModel } from '../../src/quantization/planned.ts';
import { quantize } from '../../src/quantization/quantized.ts';
import type { Scheme } from '../../src/quantization/scheme.ts';
import type { LoadedModel } from '../../src/runtime/load-model.ts';
import { type Chip, targets } from '../../src/targets/index.ts';
import type { QdqRules } from '../../src/targets/target.ts';
import { noise } from './models.ts';

/** A model quantized for a target with ranges that grow from tensor to tensor. */
export function quantizedFor(
  model: LoadedModel,
  chip: Chip,
  changes: Partial<Scheme> = {},
  pins: Record<string, Range> = {},
  layers: Record<string, LayerPrecision> = {},
) {
  const target = targets[chip];
  const { granularity } = target.weights;
  const scheme: Scheme = {
    target,
    granularity,
    weightBits: 8,
    activationBits: 8,
    range: 'min-max',
    ...changes,
  };
  const planned = planModel(model, scheme, new Map(Object.entries(layers)));
  const histograms = new Map(
    [...planned.plan.activations.keys()].map((name, i) => {
      const histogram = createHistogram();
      const values = noise(64, i + 1).map((v) => v * 3 * (i + 1));
      observe(histogram, values, Math.min(...values), Math.max(...values));
      return [name, histogram] as const;
    }),
  );
  return quantize(planned, histograms, new Map(Object.entries(pins)));
}

/** A Q/DQ model after its way through a file, with the parameters that it was made from. */
export function written(
  model: LoadedModel,
  chip: Chip,
  changes?: Partial<Scheme>,
  rules = targets[chip].qdq as QdqRules,
  pins?: Record<string, Range>,
  layers?: Record<string, LayerPrecision>,
) {
  const quantized = quantizedFor(model, chip, changes, pins, layers);
  const { plan, parameters } = quantized;
  const result = qdqModel(quantized, rules);
  if ('obstacle' in result) throw new Error(result.obstacle);
  return { quantized, plan, parameters, model: parseModel(serializeModel(result.model), 'model.qdq.onnx') };
}

type Kept = Pick<TensorParameters, 'scales' | 'zeroPoints' | 'axis'>;

/** Scales and zero points by the name in the user's file, as the parameters say them. */
export function chosen(parameters: Parameters, plan: Plan): Map<string, Kept> {
  const result = new Map<string, Kept>();
  // What is moved on a grid has it stated, too.
  for (const [name, p] of parameters.grids)
    result.set(name, { scales: [p.scale], zeroPoints: [p.zeroPoint], axis: null });
  for (const layer of plan.layers) {
    const { params, axis } = parameters.weights.get(layer.name)!;
    const scales = params.map((p) => p.scale);
    result.set(layer.weight!.name, { scales, zeroPoints: params.map((p) => p.zeroPoint), axis });
  }
  return result;
}

/** Scales and zero points by the name in a Q/DQ model, as it is read back. */
export const kept = (model: ModelProto) =>
  new Map(
    readQdq(model, 'model.qdq.onnx').tensors.map(({ name, scales, zeroPoints, axis }) => [
      name,
      { scales, zeroPoints, axis },
    ]),
  );
