import { allOf } from '../data/ahead.ts';
import type { Batch } from '../data/batch.ts';
import { runBatches } from '../data/run-batches.ts';
import type { Emulation } from '../emulation/emulated-model.ts';
import { inSight } from '../emulation/in-sight.ts';
import { importContrib } from '../onnx/contrib.ts';
import { addNode, draftFor } from '../onnx/draft.ts';
import { editableCopy } from '../onnx/graph.ts';
import { mergeInto } from '../onnx/merge-models.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import { integerLayerOf } from '../quantization/integer-layers.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { sightOf } from '../quantization/sight.ts';
import type { Unit } from '../quantization/units.ts';
import { rankOfTensor } from '../runtime/load-model.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { inHalves } from './in-halves.ts';
import { innerProducts, outputsOf, readSum, type Sum } from './local/inner-products.ts';
import { repeatableOutput } from './local/operator-steps.ts';

/** A model whose units are compared with their counterparts in its emulation. */
export interface Compared {
  readonly quantized: Quantized;
  readonly emulation: Emulation;
}

/** ‖ŷ − y‖² and ‖y‖² of a unit's output. */
interface Powers {
  readonly noise: Sum;
  readonly signal: Sum;
}

/**
 * Noise power / signal power of each unit's output in the fully quantized model against the FP32 model, pooled over the
 * probe samples: what all units up to it did together. An output that the target quantizes is compared as its readers see
 * it, on its grid, and a layer whose integers a Relu or Clip saturates is compared behind that. Both models run in one
 * graph; only sums leave it.
 *
 * @param groups of units whose errors are taken in one session, of which some may be open at once
 * @returns by the name of the unit; 0 without noise, Infinity for noise on no signal and where the quantized output is not
 *   finite, or of another length
 */
export async function cumulativeNsr(
  { quantized, emulation }: Compared,
  groups: readonly (readonly Unit[])[],
  probes: readonly Batch[],
  { runtime, atOnce = 1 }: { readonly runtime: Runtime; readonly atOnce?: number },
): Promise<Map<string, number>> {
  const result = new Map<string, number>();
  const measure = async (group: readonly Unit[]) => {
    const { model, powers } = comparedGraph(group, emulation, quantized);
    const sums = new Map(group.map((unit) => [unit, { noise: 0, signal: 0 }]));
    const session = await openModel(model, { optimize: 'float' }, runtime);
    try {
      for await (const { batch, results } of runBatches(session, probes))
        for (const [unit, { noise, signal }] of powers) {
          const sum = sums.get(unit)!;
          sum.noise += readSum(noise, results, batch);
          sum.signal += readSum(signal, results, batch);
        }
    } finally {
      await session.close();
    }
    for (const [{ name }, { noise, signal }] of sums) result.set(name, ratio(noise, signal));
  };
  const unmeasured = ({ name }: Unit) => {
    result.set(name, Infinity);
  };
  await allOf(groups, (group) => inHalves(group, measure, unmeasured), atOnce);
  return result;
}

function ratio(noise: number, signal: number): number {
  if (!Number.isFinite(noise)) return Infinity;
  return noise === 0 ? 0 : noise / signal;
}

function comparedGraph(units: readonly Unit[], emulation: Emulation, quantized: Quantized) {
  const { model } = quantized;
  const { model: compared } = editableCopy(model.model);
  const { graph } = compared;
  importContrib(compared);
  const draft = draftFor(model.opset, graph, emulation.model.graph!);
  const inEmulation = mergeInto(graph, draft, emulation.model.graph!, 'quantgate/emulated/');
  const sight = sightOf(model);
  const powers = new Map<Unit, Powers>();
  for (const [i, unit] of units.entries()) {
    const tensor = comparedTensor(unit, quantized);
    const name = `quantgate/compared/${i}`;
    const emulated = inEmulation(emulation.inserted.get(tensor)?.quantized ?? tensor);
    const seen = { ...sight, deepest: quantized.parameters.grids.get(tensor)?.alpha };
    const [counterpart, exact] = [emulated, tensor].map((values) => inSight(draft, values, tensor, seen));
    const rank = rankOfTensor(model, tensor);
    const error = addNode(draft, 'Sub', [counterpart, exact], `${name}/error`);
    const [noise] = innerProducts(draft, [error], { tensor: error, rank }, `${name}/noise`);
    const [signal] = innerProducts(draft, [exact], { tensor: exact, rank }, `${name}/signal`);
    powers.set(unit, { noise, signal });
  }
  graph.node.push(...draft.nodes);
  graph.initializer.push(...draft.constants);
  const outputs = [...powers.values()].flatMap(({ noise, signal }) => [noise, signal].flatMap(outputsOf));
  onlyOutputs(graph, new Set(outputs));
  return { model: compared, powers };
}

/** The unit's output, behind a Relu or Clip that saturation replaces. */
function comparedTensor({ node, layer, reads }: Unit, quantized: Quantized): string {
  const rescale = layer && integerLayerOf(quantized, layer)?.rescale;
  if (rescale !== undefined && rescale.kind !== 'float') return rescale.produces;
  return (node && repeatableOutput(node, quantized.model)) ?? reads[0].tensor;
}
