import { importContrib } from '../emulate/emulate.ts';
import type { ModelProto } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import type { Unit } from '../quantization/units.ts';
import { type ActivationWalk, walkActivation } from './activation-walk.ts';
import { addUp, type Draft } from './draft.ts';
import { productSteps } from './layer-steps.ts';
import { onlyOutputs } from './only-outputs.ts';
import { operatorSteps, repeatableOutput } from './operator-steps.ts';
import { outputTerms } from './output-arithmetic.ts';
import { rankOf, type SplitContext } from './split-context.ts';
import { type Step, steps } from './steps.ts';
import { innerProducts, outputsOf, type Sum } from './sums.ts';

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
}

/**
 * The FP32 model with the error of each of `units` beside it: what the unit makes of FP32 inputs that it quantizes, walked
 * step by step. Its outputs are sums; nothing that no unit needs is left in it.
 */
export function splitGraph(units: readonly Unit[], context: SplitContext): SplitGraph {
  const copy = editableCopy(context.model.model);
  importContrib(copy);
  const draft: Draft = { nodes: [], constants: new Map(), opset: context.model.opset };
  const walks = new Map<string, ActivationWalk>();
  const walk = (tensor: string) => walkActivation(tensor, context, draft, walks);
  const readings = new Map(units.map((unit) => [unit, addUnit(unit, walk, context, draft)]));
  copy.graph.node.push(...draft.nodes);
  copy.graph.initializer.push(...draft.constants.values());
  const outputs = [...readings.values()].flatMap((reading) => [
    ...[...reading.steps.values(), reading.signal].flatMap(outputsOf),
    ...reading.clips.flatMap(({ clipCount, size }) => [...outputsOf(clipCount), size]),
  ]);
  onlyOutputs(copy.graph, new Set(outputs));
  return { model: copy, readings };
}

/**
 * An operator that cannot be computed again (random, with a body, without a float32 output) is measured at what it
 * reads, as an output of the model is.
 */
function addUnit(
  unit: Unit,
  walk: (tensor: string) => ActivationWalk,
  context: SplitContext,
  draft: Draft,
): SplitReading {
  const made = unit.node && repeatableOutput(unit.node, context);
  const output = made ?? unit.reads[0].tensor;
  const taken = made === undefined ? ownSteps(walk(output)) : unitSteps(unit, made, walk, context, draft);
  const present = steps.filter((step) => taken.has(step));
  const parts = present.map((step) => taken.get(step)!);
  const rank = rankOf(context, output);
  // An output of the model may have the name of a node.
  const name = `quantgate/${unit.node === undefined ? 'output' : 'unit'}/${unit.name}`;
  const products = innerProducts(draft, parts, addUp(draft, parts, `${name}/error`), rank, `${name}/noise`);
  const [signal] = innerProducts(draft, [output], output, rank, `${name}/signal`);
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

function unitSteps(
  unit: Unit,
  output: string,
  walk: (tensor: string) => ActivationWalk,
  context: SplitContext,
  draft: Draft,
): Map<Step, string> {
  const { layer, node } = unit;
  if (layer === undefined) return operatorSteps({ ...unit, node: node! }, output, walk, draft);
  const taken = productSteps(unit, layer, walk, context, draft);
  const before = addUp(draft, [...taken.values()], `quantgate/unit/${layer.name}/before-output`);
  const terms = outputTerms(layer, output, before, context, draft);
  if (terms.length > 0) taken.set('output', addUp(draft, terms, `quantgate/unit/${layer.name}/output`));
  return taken;
}
