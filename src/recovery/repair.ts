import type { RepairStep } from '../config/repair-steps.ts';
import type { Batch } from '../data/batch.ts';
import { emulatedModel } from '../emulation/emulated-model.ts';
import { keptWith } from '../onnx/kept-weights.ts';
import { readTensor } from '../onnx/tensors.ts';
import { hasFactors, type Layer } from '../quantization/layer.ts';
import { leastScales, realBias } from '../quantization/parameters.ts';
import { type Quantized, withRepairs } from '../quantization/quantized.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { openProducts } from './gram.ts';
import { momentsOf } from './layer-sight.ts';
import { linearFormOf } from './linear-form.ts';
import { repairLayer } from './repair-layer.ts';
import { soleUse } from './rewritten.ts';
import { walkAlong } from './walk.ts';

/** Samples that repair, and samples kept apart, on which a repair has to prove itself. */
export interface RepairSamples {
  readonly repairing: readonly Batch[];
  readonly apart: readonly Batch[];
}

export interface RepairOptions {
  readonly signal?: AbortSignal;
  /** Told of each layer that is reached. */
  readonly advance?: (layers: number) => void;
}

/** A repaired model, and what was done to which layer. */
export interface RepairedLayers {
  readonly quantized: Quantized;
  /** By layer name; layers that nothing helped have none. */
  readonly taken: ReadonlyMap<string, readonly RepairStep[]>;
}

/** Places of a layer's output that its moments are taken at, in all samples together. */
const PLACES = { repairing: 8192, apart: 4096 };

/** The other steps rewrite the model. */
const LAYER_STEPS: ReadonlySet<RepairStep> = new Set(['correct-bias', 'round', 'gptq', 'adaround']);

/** Deeper layers have moments of more than a gigabyte. */
const DEEPEST = 4096;

/**
 * Repairs a quantized model layer by layer in the order of the graph: each one knows what it reads after all before it
 * were repaired, and what it would read in FP32. Every node of both models runs once, whatever the number of layers.
 * The same samples give the same bits.
 *
 * @param steps those that repair a layer; steps that rewrite the model are done before
 */
export async function repairLayers(
  quantized: Quantized,
  steps: readonly RepairStep[],
  { repairing, apart }: RepairSamples,
  runtime: Runtime,
  { signal, advance }: RepairOptions = {},
): Promise<RepairedLayers> {
  const ofLayers = steps.filter((step) => LAYER_STEPS.has(step));
  if (ofLayers.length === 0) return { quantized, taken: new Map() };
  const batches = [...repairing, ...apart];
  const { model: emulated, layers } = emulatedModel(quantized, 'float');
  const tracks = {
    fp32: walkAlong(quantized.model.model, batches, runtime),
    quantized: walkAlong(emulated, batches, runtime),
  };
  const weights = new Map(quantized.repairs.weights);
  const biases = new Map(quantized.repairs.biases);
  const taken = new Map<string, readonly RepairStep[]>();
  const products = await openProducts(runtime);
  try {
    for (const layer of quantized.plan.layers) {
      signal?.throwIfAborted();
      const repairable = repairableOf(layer, quantized);
      advance?.(1);
      if (repairable === undefined) continue;
      const input = layer.node.input.indexOf(layer.activations[0]);
      const node = layers.get(layer.name)!;
      const fp32 = await tracks.fp32.reach(layer.node, layer.node.input[input]);
      const made = await tracks.quantized.reach(node, node.input[input]);
      const reads = (from: number, end?: number) => ({
        batches: batches.slice(from, end),
        fp32: fp32.slice(from, end),
        quantized: made.slice(from, end),
      });
      const { form, weightDims } = repairable;
      const momentsAt = (from: number, end: number | undefined, most: number) =>
        momentsOf(layer, form, { reads: reads(from, end), weightDims, most }, products);
      const repaired = await repairLayer(
        {
          ...repairable,
          repairing: await momentsAt(0, repairing.length, PLACES.repairing),
          apart: await momentsAt(repairing.length, undefined, PLACES.apart),
        },
        ofLayers,
        products,
      );
      if (repaired.taken.length === 0) continue;
      taken.set(layer.name, repaired.taken);
      weights.set(layer.name, keptWith(repairable.chosen, repaired.weight));
      if (repaired.bias !== undefined) biases.set(layer.name, repaired.bias);
      tracks.quantized.replace(node.input[layer.weight!.input], {
        type: 'float32',
        dims: weightDims,
        data: repaired.weight.data,
      });
      if (repaired.bias !== undefined)
        tracks.quantized.replace(node.input[layer.bias!.input], {
          type: 'float32',
          dims: [repaired.bias.length],
          data: repaired.bias,
        });
    }
  } finally {
    await products.close();
  }
  return { quantized: withRepairs(quantized, { weights, biases }), taken };
}

/** What is known of a layer before it is run; undefined for one that cannot be repaired. */
function repairableOf(layer: Layer, { model, parameters, scheme }: Quantized) {
  const chosen = parameters.weights.get(layer.name);
  if (chosen === undefined || layer.weight === undefined || hasFactors(layer)) return undefined;
  // Rows of a weight are repaired for one scale each.
  if (chosen.blocks !== undefined) return undefined;
  // Of a weight that others read as well there is one in the model that is delivered.
  if (soleUse(model.view, layer.weight.name) === undefined) return undefined;
  const form = linearFormOf(layer, chosen.dims);
  if (form === undefined || form.depth > DEEPEST) return undefined;
  const tensor = readTensor(model.view.initializers.get(layer.weight.name)!, model.where);
  const bias = realBias(layer, { model, biases: parameters.biases });
  const isOwn = layer.bias !== undefined && soleUse(model.view, layer.bias.name) !== undefined;
  const isPerChannel = isOwn && bias?.dims.length === 1 && bias.data.length === form.groups * form.rows;
  return {
    form,
    weightDims: chosen.dims,
    weight: tensor.data as Float32Array,
    bias: isPerChannel ? (bias.data as Float32Array) : undefined,
    chosen,
    leastScales: leastScales(layer, chosen, { model, scheme, ...parameters }),
    onto: { grid: chosen.grid, rounding: scheme.target.rounding },
  };
}
