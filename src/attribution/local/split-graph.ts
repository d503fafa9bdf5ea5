import { kernelOperators } from '../../emulation/kernel-operators.ts';
import { importContrib } from '../../onnx/contrib.ts';
import { addUp, draftFor } from '../../onnx/draft.ts';
import type { ModelProto } from '../../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../../onnx/graph.ts';
import { onlyOutputs } from '../../onnx/prune.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import { sightOf } from '../../quantization/sight.ts';
import type { Unit } from '../../quantization/units.ts';
import { rankOfTensor } from '../../runtime/load-model.ts';
import type { Operations } from '../alike.ts';
import { walkActivation } from './activation-steps.ts';
import { innerProducts, outputsOf, type Sum } from './inner-products.ts';
import { productSteps } from './layer-steps.ts';
import { operatorSteps, repeatableOutput } from './operator-steps.ts';
import { outputTerms } from './output-steps.ts';
import { type ActivationWalk, type SplitDraft, seenValues } from './split-draft.ts';
import { type Step, steps } from './steps.ts';

/** Where a graph gives out what the local error of a unit is made of. */
export interface SplitReading {
  /** ⟨step, e⟩ of each step that the unit takes. */
  readonly steps: ReadonlyMap<Step, Sum>;
  /** ‖y‖² */
  readonly signal: Sum;
  /** For each activation that the unit reads. */
  readonly clips: readonly Pick<ActivationWalk, 'clipCount' | 'size'>[];
}

export interface SplitGraph {
  readonly model: ModelProto;
  readonly readings: ReadonlyMap<Unit, SplitReading>;
  /** What is computed for a unit beside the FP32 model. */
  operationsOf(unit: Unit): Operations;
}

/**
 * The FP32 model with the error of each of `units` beside it: what the unit makes of FP32 inputs that it quantizes, walked
 * step by step. Its outputs are sums; nothing that no unit needs is left in it.
 */
export function splitGraph(units: readonly Unit[], quantized: Quantized): SplitGraph {
  const { model } = quantized;
  const { model: copy } = editableCopy(model.model);
  importContrib(copy);
  const empty = draftFor(model.opset, copy.graph);
  const [sight, kernels] = [sightOf(model), kernelOperators(quantized)];
  const draft: SplitDraft = { ...empty, quantized, sight, kernels, walks: new Map() };
  const readings = new Map(units.map((unit) => [unit, addUnit(draft, unit)]));
  copy.graph.node.push(...draft.nodes);
  copy.graph.initializer.push(...draft.constants);
  onlyOutputs(copy.graph, new Set([...readings.values()].flatMap(resultsOf)));
  const operationsOf = (unit: Unit) => draftedFor(draft, resultsOf(readings.get(unit)!));
  return { model: copy, readings, operationsOf };
}

/** The nodes and constants of a draft that some of its tensors are computed from. */
function draftedFor({ nodes, constants }: SplitDraft, results: readonly string[]): Operations {
  const needed = new Set(results);
  const used = nodes.toReversed().filter(({ input, output }) => {
    if (!output.some((name) => needed.has(name))) return false;
    for (const name of input) needed.add(name);
    return true;
  });
  return {
    nodes: used.toReversed(),
    constants: constants.filter(({ name }) => needed.has(name)),
    results,
  };
}

/** Names of the graph outputs that a reading is taken from. */
function resultsOf({ steps: taken, signal, clips }: SplitReading): string[] {
  return [
    ...[...taken.values(), signal].flatMap(outputsOf),
    ...clips.flatMap(({ clipCount, size }) => [...outputsOf(clipCount), size]),
  ];
}

/**
 * An operator that cannot be computed again (random, with a body, without a float32 output) is measured at what it
 * reads, as an output of the model is.
 */
function addUnit(draft: SplitDraft, unit: Unit): SplitReading {
  const { model } = draft.quantized;
  const walk = (tensor: string) => walkActivation(draft, tensor);
  const made = unit.node && repeatableOutput(unit.node, model);
  const output = made ?? unit.reads[0].tensor;
  const taken = made === undefined ? ownSteps(walk(output)) : unitSteps(draft, unit, made);
  const present = steps.filter((step) => taken.has(step));
  const parts = present.map((step) => taken.get(step)!);
  const rank = rankOfTensor(model, output);
  // An output of the model may have the name of a node.
  const name = `quantgate/${unit.node === undefined ? 'output' : 'unit'}/${unit.name}`;
  const error = { tensor: addUp(draft, parts, `${name}/error`), rank };
  const products = innerProducts(draft, parts, error, `${name}/noise`);
  const seen = seenValues(draft, output, output);
  const [signal] = innerProducts(draft, [seen], { tensor: seen, rank }, `${name}/signal`);
  return {
    steps: new Map(present.map((step, i) => [step, products[i]])),
    signal,
    clips: unit.reads.map(({ tensor }) => walk(tensor)),
  };
}

function ownSteps({ clipStep, roundStep }: ActivationWalk): Map<Step, string> {
  return new Map([
    ['activationClip', clipStep],
    ['activationRound', roundStep],
  ]);
}

function unitSteps(draft: SplitDraft, unit: Unit, output: string): Map<Step, string> {
  const { layer, node } = unit;
  if (layer === undefined) return operatorSteps(draft, { ...unit, node: node! }, output);
  const taken = productSteps(draft, unit, layer);
  const before = addUp(draft, [...taken.values()], `quantgate/unit/${layer.name}/before-output`);
  const terms = outputTerms(draft, layer, output, before);
  if (terms.length > 0) taken.set('output', addUp(draft, terms, `quantgate/unit/${layer.name}/output`));
  return taken;
}
